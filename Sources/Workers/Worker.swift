public import Runtime

/// The role that executes purges: it owns a loop on a thread of its own.
///
/// More workers of the same group, in this process or in others, share the partitions out among them.
public final class Worker: Role {
    public let name: String
    private let configuration: WorkerConfiguration
    private let metrics: WorkerMetrics
    private let log: Log

    public init(_ configuration: WorkerConfiguration, metrics: WorkerMetrics, log: Log) {
        name = "worker"
        self.configuration = configuration
        self.metrics = metrics
        self.log = log.with(["worker": configuration.name])
    }

    public func run(_ stop: StopSignal, ready: @escaping @Sendable () -> Void) throws {
        guard try KafkaWait(configuration.kafka, log: log).wait(stop) else { return }
        let loop = try WorkerLoop(configuration, metrics: metrics, log: log, ready: ready)
        try loop.run(stop)
    }
}
