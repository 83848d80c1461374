internal import CKafka
internal import Synchronization

/// A client's log: lines wait in a queue of the library until somebody takes them, and the last failure is kept
/// to explain a later time-out.
final class ClientLog: Sendable {
    fileprivate struct State: Sendable {
        // Reached through the mutex alone.
        nonisolated(unsafe) var queue: OpaquePointer?
        var waiting: [KafkaLog] = []
        var dropped = 0
        var lastFailure: String?
        var hasProducerIdentity = false
    }

    private static let waitingMax = 256
    private let state: Mutex<State>

    init(client: OpaquePointer) {
        let queue: OpaquePointer = rd_kafka_queue_new(client)
        rd_kafka_set_log_queue(client, queue)
        state = Mutex(State(queue: queue))
    }

    /// Gives the queue back. To be called before the client is destroyed.
    func detach() {
        state.withLock { state in
            guard let queue = state.queue else { return }
            rd_kafka_queue_io_event_enable(queue, -1, nil, 0)
            rd_kafka_queue_destroy(queue)
            state.queue = nil
        }
    }

    func wake(on descriptor: Int32) {
        state.withLock { state in
            guard let queue = state.queue else { return }
            rd_kafka_queue_io_event_enable(queue, descriptor, "1", descriptor < 0 ? 0 : 1)
        }
    }

    /// Why the last connection failed, if one did.
    var lastFailure: String? { state.withLock { $0.lastFailure } }

    /// Whether an idempotent producer has got its identity from the brokers.
    var hasProducerIdentity: Bool { state.withLock { $0.hasProducerIdentity } }

    /// Moves lines from the library's queue to ours.
    func collect() {
        state.withLock { $0.collect(max: Self.waitingMax) }
    }

    /// Takes the lines that have come up to now.
    func takeLines() -> [KafkaLog] {
        state.withLock { state in
            state.collect(max: Self.waitingMax)
            guard !state.waiting.isEmpty else { return [] }
            defer {
                state.waiting.removeAll()
                state.dropped = 0
            }
            let line = KafkaLog(level: 4, facility: "DROPPED", message: "\(state.dropped) log lines were dropped")
            return state.dropped == 0 ? state.waiting : state.waiting + [line]
        }
    }
}

extension ClientLog.State {
    fileprivate mutating func collect(max: Int) {
        guard let queue else { return }
        while let event = rd_kafka_queue_poll(queue, 0) {
            defer { rd_kafka_event_destroy(event) }
            var facility: UnsafePointer<CChar>?
            var message: UnsafePointer<CChar>?
            var level: Int32 = 0
            guard rd_kafka_event_log(event, &facility, &message, &level) == 0 else { continue }
            guard let facility, let message else { continue }
            add(
                KafkaLog(level: Int(level), facility: String(cString: facility), message: String(cString: message)),
                max: max)
        }
    }

    private mutating func add(_ line: KafkaLog, max: Int) {
        if line.level >= 7 {
            // Debugging is on for this one line only: nothing else tells that a producer is ready.
            if line.facility == "IDEMPSTATE" { hasProducerIdentity = line.message.hasSuffix("-> Assigned") }
            return
        }
        // With debugging on, the library greets with a list of its features. AUTOCREATE says that a broker is too
        // old to be told not to make topics; only the embedded one is.
        if line.facility == "INIT" || line.facility == "AUTOCREATE" { return }
        if line.level <= 3 { lastFailure = line.message }
        if waiting.count < max { waiting.append(line) } else { dropped += 1 }
    }
}
