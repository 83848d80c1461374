internal import Kafka
internal import Runtime
internal import Synchronization

/// A producer that is made anew when its client library gives it up.
///
/// The old handle is kept until it has said what became of each of its records.
final class Outlet: Sendable {
    /// A broken handle ends within the delivery timeout, so more than a few cannot pile up.
    private static let retiredMax = 4

    private struct State {
        var current: KafkaProducer
        var retired: [KafkaProducer] = []
    }

    private let make: @Sendable () throws -> KafkaProducer
    private let state: Mutex<State>

    /// - Throws: `KafkaError` for a configuration that cannot be used.
    init(_ make: @escaping @Sendable () throws -> KafkaProducer) throws {
        self.make = make
        state = Mutex(State(current: try make()))
    }

    /// One of the gateway's settings.
    ///
    /// - Parameter pipe: where its producers report.
    /// - Throws: `KafkaError` for a configuration that cannot be used.
    convenience init(_ configuration: GatewayConfiguration, _ pipe: WakePipe) throws {
        // Each publisher waits for its acknowledgement. Under load batches grow by themselves, behind those on the way.
        var tuning = ProducerTuning(linger: .zero, deliveryTimeout: configuration.publishTimeout)
        // Above the largest value that is accepted, below what the topics take.
        tuning.recordBytesMax = 1_100_000
        let (kafka, settings) = (configuration.kafka, tuning)
        try self.init {
            let producer = try KafkaProducer(kafka, settings)
            producer.wake(on: pipe.writeDescriptor)
            return producer
        }
    }

    var current: KafkaProducer { state.withLock { $0.current } }

    /// Hands a record over; does not wait.
    ///
    /// - Throws: `KafkaError`; the record will not be sent then.
    func send(
        topic: String, key: [UInt8], value: [UInt8], headers: [KafkaHeader] = [], token: UInt64
    ) throws(KafkaError) {
        try current.send(topic: topic, key: key, value: value, headers: headers, token: token)
    }

    /// Hands out what is known of records now; does not wait.
    ///
    /// - Returns: whether there may be more.
    func drain(max: Int, _ body: (Delivery) -> Void, notice: (KafkaNotice) -> Void) -> Bool {
        var mayBeMore = false
        for producer in state.withLock({ [$0.current] + $0.retired }) {
            if producer.drainDeliveries(max: max, body, notice: notice) >= max { mayBeMore = true }
        }
        return mayBeMore
    }

    /// Replaces a handle that is of no use any more, and lets go of those that have said everything.
    ///
    /// - Returns: why the current one was replaced; nil where it was not.
    /// - Throws: `KafkaError` when no new one could be made.
    func replaceIfBroken() throws -> KafkaError? {
        let (fault, hasCapacity) = state.withLock { state in
            state.retired.removeAll { $0.outstanding == 0 }
            return (state.current.fatalError, state.retired.count < Self.retiredMax)
        }
        guard let fault, hasCapacity else { return nil }
        let fresh = try make()
        state.withLock { state in
            state.retired.append(state.current)
            state.current = fresh
        }
        return fault
    }
}
