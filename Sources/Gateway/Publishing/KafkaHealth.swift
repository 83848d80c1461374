internal import Synchronization

/// Health of Kafka, from the last acknowledgement or probe.
final class KafkaHealth: Sendable {
    enum State: Equatable {
        /// Not connected yet; nothing can be published.
        case starting
        case fine
        case failing(reason: String)
    }

    private let current = Mutex(State.starting)

    var state: State { current.withLock { $0 } }

    func update(_ state: State) {
        current.withLock { $0 = state }
    }
}
