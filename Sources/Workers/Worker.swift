import Basics
import Kafka
public import Runtime
import Synchronization

/// The role that executes purges: it owns a loop on a thread of its own.
///
/// More workers of the same group, in this process or in others, share the partitions out among them.
public final class Worker: Role {
    public let name: String
    private let configuration: WorkerConfiguration
    private let metrics: WorkerMetrics
    private let log: Log
    private let hasStarted = Atomic(false)

    public init(_ configuration: WorkerConfiguration, metrics: WorkerMetrics, log: Log) {
        name = "worker"
        self.configuration = configuration
        self.metrics = metrics
        self.log = log.with(["worker": configuration.name])
    }

    public var drainsWith: String { "worker" }

    /// A loop that fails is made anew: what was open is read again, and the other roles of the process go on. Only a
    /// configuration that cannot work ends the role, and only before it has ever worked.
    public func run(_ stop: StopSignal, ready: @escaping @Sendable () -> Void) throws {
        guard try KafkaWait(configuration.kafka, log: log).waitForAnswer(stop) else { return }
        var pause = RestartPause()
        while true {
            do {
                let host = try WorkerHost(configuration, metrics: metrics, log: log) { [self] in
                    if !hasStarted.exchange(true, ordering: .relaxed) { ready() }
                }
                return try host.run(stop)
            } catch  where isWorthAnotherStart(error) {
                let wait = pause.next()
                metrics.restarts.increment()
                log.error("the worker begins anew; other roles go on", ["error": "\(error)", "after": "\(wait)"])
                stop.waitForPhase(.draining, timeout: wait)
                guard stop.phase == .running else { return }
            }
        }
    }

    private func isWorthAnotherStart(_ error: any Error) -> Bool {
        switch error {
        case KafkaError.invalidConfiguration: false
        case is KafkaError: true
        // Topics that somebody changed under a running worker may fit together again.
        case is WorkerError: hasStarted.load(ordering: .relaxed)
        default: false
        }
    }
}

/// Growing pauses between starts; a loop that went well for a while is no part of a row of failures.
struct RestartPause {
    private static let isLong = Duration.seconds(60)

    private var backoff = Backoff(first: .milliseconds(500), longest: .seconds(10))
    private var last = MonotonicTime.now()

    mutating func next() -> Duration {
        let now = MonotonicTime.now()
        if now - last > Self.isLong { backoff.reset() }
        last = now
        return backoff.next()
    }
}
