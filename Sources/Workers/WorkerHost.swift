import Edges
import Kafka
import Runtime

/// Runs a worker loop on Kafka, HTTP and libevent, on the thread that makes it.
final class WorkerHost {
    private let events: EventLoop
    private let kafka: KafkaPorts
    private let loop: WorkerLoop
    /// For all that Kafka's consumer says but records. Each topic's records have a pipe of their own: to look for
    /// records in all partitions each time one comes would cost more than most of them.
    private let eventWakes: WakePipe
    private let topicWakes: [(topic: String, pipe: WakePipe)]
    private let deliveryWakes: WakePipe

    init(
        _ configuration: WorkerConfiguration, metrics: WorkerMetrics, log: Log, ready: @escaping @Sendable () -> Void
    ) throws {
        events = try EventLoop()
        kafka = try KafkaPorts(configuration, log: log)
        eventWakes = try WakePipe()
        topicWakes = try configuration.topics.names.map { ($0, try WakePipe()) }
        deliveryWakes = try WakePipe()
        let ports = WorkerLoop.Ports(
            host: events, consumer: kafka.consumer, observer: kafka.observer, retryProducer: kafka.retryProducer,
            progressProducer: kafka.progressProducer,
            calls: try PurgeEngine(loop: events, edges: configuration.edges), random: SystemRandomNumberGenerator())
        loop = WorkerLoop(
            configuration, edges: configuration.edges.map(\.profile), ports, metrics: metrics, log: log, ready: ready)
    }

    /// Until the work is stopped or cannot go on.
    func run(_ stop: StopSignal) throws {
        kafka.wake(
            events: eventWakes.writeDescriptor,
            records: Dictionary(uniqueKeysWithValues: topicWakes.map { ($0.topic, $0.pipe.writeDescriptor) }),
            deliveries: deliveryWakes.writeDescriptor)
        var watches = [
            try watch(deliveryWakes) { [loop] in loop.deliveriesCame() },
            try watch(eventWakes) { [loop] in loop.recordsCame() },
        ]
        for (topic, wakes) in topicWakes.enumerated() {
            watches.append(try watch(wakes.pipe) { [loop] in loop.recordsCame(topic: topic) })
        }
        let stopper = try events.makeWaker { [loop] in loop.phaseChanged(stop.phase) }
        stop.onChange { _ in stopper.wake() }
        try loop.begin()
        events.run()
        watches.removeAll()
        try loop.end()
    }

    private func watch(_ wakes: WakePipe, _ body: @escaping () -> Void) throws -> Watch {
        try events.watch(wakes.readDescriptor, .read) { _ in
            wakes.drain()
            body()
        }
    }
}
