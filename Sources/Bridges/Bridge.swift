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
        var backoff = Backoff(first: .milliseconds(200), longest: .seconds(10))
        var isReady = false
        while stop.phase == .running {
            do {
                let session = try BridgeSession(configuration, wake: wake, log: log, metrics: metrics)
                defer { session.close() }
                trouble.withLock { $0 = nil }
                if !isReady { ready() }
                isReady = true
                try session.run(until: stop) { problem in
                    // Something was done, so the next fault is another one.
                    if problem == nil { backoff.reset() }
                    trouble.withLock { $0 = problem }
                }
            } catch KafkaError.invalidConfiguration(let text) {
                throw KafkaError.invalidConfiguration(text)
            } catch {
                let pause = backoff.next()
                trouble.withLock { $0 = "\(error)" }
                metrics.failures.increment()
                log.warning("the bridge begins again", ["error": "\(error)", "after": "\(pause)"])
                stop.waitForPhase(.draining, timeout: pause)
            }
        }
        trouble.withLock { $0 = "the bridge has stopped" }
    }
}
