internal import Kafka
internal import Runtime
internal import Synchronization

/// A producer that is made anew when its client library gives it up.
///
/// The old handle is kept until it has said what became of each of its records.
final class Outlet: Sendable {
    /// A broken handle ends within the delivery timeout, so more than a few cannot pile up for long.
    private static let retiredMax = 4

    private struct State {
        var current: KafkaProducer
        var retired: [KafkaProducer] = []
        var isBroken = false
    }

    private let make: @Sendable () throws -> KafkaProducer
    private let state: Mutex<State>

    /// - Throws: `KafkaError` for a configuration that cannot be used.
    init(_ make: @escaping @Sendable () throws -> KafkaProducer) throws {
        self.make = make
        state = Mutex(State(current: try make()))
    }

    var current: KafkaProducer { state.withLock { $0.current } }

    /// Records whose fate is not known yet.
    var outstanding: Int {
        state.withLock { $0.retired.reduce($0.current.outstanding) { $0 + $1.outstanding } }
    }

    func send(
        topic: String, key: [UInt8], value: [UInt8], headers: [KafkaHeader] = [], token: UInt64
    ) throws(KafkaError) {
        do {
            try current.send(topic: topic, partition: nil, key: key, value: value, headers: headers, token: token)
        } catch {
            if case .fatal = error { state.withLock { $0.isBroken = true } }
            throw error
        }
    }

    /// Hands out what is known of records now; never waits.
    ///
    /// - Returns: how many there were.
    func drain(max: Int, _ body: (Delivery) -> Void) -> Int {
        let producers = state.withLock { [$0.current] + $0.retired }
        var isBroken = false
        var count = 0
        for producer in producers {
            count += producer.drainDeliveries(max: max) { delivery in
                if case .failed(.fatal) = delivery.result, producer === producers[0] { isBroken = true }
                body(delivery)
            }
        }
        state.withLock { state in
            state.retired.removeAll { $0.outstanding == 0 }
            if isBroken { state.isBroken = true }
        }
        return count
    }

    /// Replaces a handle that is of no use any more.
    ///
    /// - Returns: whether there was one.
    /// - Throws: `KafkaError` when no new one could be made.
    func replaceIfBroken() throws -> Bool {
        guard state.withLock({ $0.isBroken && $0.retired.count < Self.retiredMax }) else { return false }
        let fresh = try make()
        state.withLock { state in
            state.retired.append(state.current)
            state.current = fresh
            state.isBroken = false
        }
        return true
    }
}
