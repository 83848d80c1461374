internal import Basics
internal import Kafka
internal import Mappings
public import Runtime
internal import Synchronization

/// Role that publishes what the events of other systems' topics ask for.
///
/// At least once: an event counts as read when its requests are acknowledged. After a crash it is read once more, and
/// its requests have the ids that they had.
public final class Bridge: Role {
    public let name = "bridge"
    private let configuration: BridgeConfiguration
    private let log: Log
    private let metrics: BridgeMetrics
    private let trouble = Mutex<String?>("it has not begun")

    public init(_ configuration: BridgeConfiguration, metrics: MetricsRegistry, log: Log) {
        self.configuration = configuration
        self.metrics = BridgeMetrics(metrics, mappings: configuration.mappings.map(\.name))
        self.log = log.with(["role": name])
    }

    /// Why events are not read on; nil while all is well. For readiness; from any thread.
    public var problem: String? { trouble.withLock { $0 } }

    public func run(_ stop: StopSignal, ready: @escaping @Sendable () -> Void) throws {
        let wake = try WakePipe()
        stop.onChange { _ in wake.wake() }
        let loop = SessionLoop("the bridge", failures: metrics.failures, log: log) { [self] problem in
            trouble.withLock { $0 = problem }
        }
        try loop.run(
            until: stop, ready: ready,
            isLasting: { if case KafkaError.invalidConfiguration = $0 { true } else { false } }
        ) {
            let session = try BridgeSession(configuration, wake: wake, log: log, metrics: metrics)
            trouble.withLock { $0 = nil }
            return session
        }
    }
}
