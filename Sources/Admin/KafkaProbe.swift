internal import Basics
internal import Dispatch
public import Kafka
internal import Runtime
internal import Synchronization

/// Knows whether Kafka answers: it asks a small question twice a second, on a thread and a connection of its own, so
/// that a health check need not wait.
public final class KafkaProbe: Sendable {
    private struct State {
        var isOpen = true
        var answeredAt: MonotonicTime?
        var failure = "the first question is on its way"
    }

    private static let interval = Duration.milliseconds(500)
    private static let timeout = Duration.seconds(1)
    /// Capacity for two questions in a row that a silent broker among several swallows.
    private static let silenceMax = Duration.seconds(3)

    private let admin: KafkaAdmin
    private let state = Mutex(State())
    private let ending = DispatchSemaphore(value: 0)

    /// Begins to ask.
    ///
    /// - Throws: `KafkaError.invalidConfiguration`; `SystemCallError` when the system gives no thread.
    public init(_ configuration: KafkaConfiguration) throws {
        admin = try KafkaAdmin(configuration)
        try NamedThread.startThread("kafka-probe") { [weak self] in
            while let probe = self, probe.ask() {}
        }
    }

    deinit { close() }

    /// Asks no more.
    public func close() {
        state.withLock { $0.isOpen = false }
        ending.signal()
    }

    /// Nil while Kafka answers.
    public var fault: String? {
        let state = state.withLock { $0 }
        guard let answeredAt = state.answeredAt else { return "Kafka has not answered yet: \(state.failure)" }
        let silence = MonotonicTime.now() - answeredAt
        guard silence > Self.silenceMax else { return nil }
        return "Kafka has not answered for \(silence.components.seconds) s: \(state.failure)"
    }

    /// How many partitions each of the cluster's topics has now; nil without an answer. Blocks until then.
    public func partitionCounts(timeout: Duration) -> [String: Int]? {
        guard let metadata = try? admin.metadata(timeout: timeout) else { return nil }
        return Dictionary(metadata.topics.map { ($0.name, $0.partitions.count) }) { first, _ in first }
    }

    /// - Returns: false when it is time to end.
    private func ask() -> Bool {
        do {
            try admin.ping(timeout: Self.timeout)
            state.withLock { $0.answeredAt = .now() }
        } catch {
            state.withLock { $0.failure = "\(error)" }
        }
        _ = ending.wait(timeout: .now() + .nanoseconds(Int(Self.interval.nanoseconds)))
        return state.withLock { $0.isOpen }
    }
}
