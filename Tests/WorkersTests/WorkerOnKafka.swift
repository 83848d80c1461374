import Dispatch
import Edges
import Foundation
import Invalidations
import Kafka
import Runtime
import Synchronization
import TestSupport
import Testing
import TopicCatalogue
import Workers

/// A worker on a real Kafka with its own topics, and an edge that remembers.
final class WorkerOnKafka {
    static let partitions = 2

    let kafka: KafkaConfiguration
    let admin: KafkaAdmin
    let recorder: PurgeRecorder
    let registry = MetricsRegistry()
    var configuration: WorkerConfiguration
    private let lines = LogLines()
    private var running: RunningWorker?

    init(_ purpose: String, edges: [String] = []) throws {
        var kafka = try KafkaCluster.configuration()
        kafka.topicPrefix = KafkaCluster.uniqueName(purpose) + "."
        self.kafka = kafka
        admin = try KafkaAdmin(kafka)
        recorder = try PurgeRecorder()
        let edge = "{name: recorder, adapter: http, address: \"\(recorder.address)\", limits: {requests: none}}"
        let list = (edges + [edge]).map { "  - \($0)\n" }.joined()
        let file = try YAMLReader.parse(Array("edges:\n\(list)".utf8), fileName: "test.yaml")
        let sources = try ConfigurationSources(
            keys: [EdgeList.key, AccountList.key], environment: [:], file: file, fileName: "test.yaml")
        configuration = WorkerConfiguration(kafka: kafka, edges: try EdgeList.read(sources), name: "worker-1")
        configuration.sessionTimeout = .seconds(2)
        configuration.watchInterval = .milliseconds(500)
        try TopicSetup.apply(Self.definitions(partitions: Self.partitions), to: admin)
    }

    deinit {
        running?.end()
        recorder.stop()
    }

    static func definitions(partitions: Int) -> [TopicDefinition] {
        TopicCatalogue.all.map { definition in
            var definition = definition
            definition.partitions = partitions
            return definition
        }
    }

    /// - Parameter waits: until the worker has partitions.
    func startWorker(waits: Bool = true) {
        running = RunningWorker(configuration, WorkerMetrics(registry), log)
        if waits { running?.waitUntilReady() }
    }

    /// A second worker of the same group, for as long as the body runs.
    func withAnother(_ other: WorkerConfiguration, _ body: () throws -> Void) rethrows {
        let another = RunningWorker(other, WorkerMetrics(MetricsRegistry()), log)
        defer { another.end() }
        try body()
    }

    private var log: Log { Log(level: .info) { [lines] in lines.add($0) } }

    /// What is open is left to the next one.
    func stop() {
        running?.end()
        running = nil
    }

    /// Why the worker's role ended, if it did.
    var failure: String? { running?.failure }

    /// What was logged so far that holds these words.
    func logged(_ words: String) -> [String] { lines.all.filter { $0.contains(words) } }

    func count(_ metric: String) -> UInt64 {
        let text = registry.exposition().split(separator: "\n").first { $0.hasPrefix("\(metric) ") }
        return text.flatMap { UInt64($0.split(separator: " ").last ?? "") } ?? 0
    }

    /// Publishes one request for each of these tags, in `namespaces` namespaces.
    func publish(_ tags: [String], namespaces: Int = 7) throws {
        let publisher = try RequestPublisher(kafka)
        for (number, tag) in tags.enumerated() {
            try publisher.publish(namespace: "shop-\(number % namespaces)", tag: tag)
        }
        try publisher.finish()
    }

    /// Waits until all that was published is committed.
    func expectCommits() throws {
        try explained {
            try eventually("everything is committed") {
                try admin.lag(group: configuration.group, topics: [TopicName.normal]).allSatisfy {
                    $0.committed != nil && $0.records == 0
                }
            }
        }
    }

    /// Waits until the edge has had all of these tags.
    func expectArrivals(_ tags: [String], within deadline: Duration = .seconds(30)) throws {
        let wanted = Set(tags)
        try explained {
            try eventually("all \(tags.count) tags are purged", within: deadline) {
                wanted.isSubset(of: recorder.order.values.joined())
            }
        }
    }

    func explained<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch {
            let lag = (try? admin.lag(group: configuration.group, topics: [TopicName.normal])) ?? []
            throw ProcessWorldError(
                """
                \(error)
                \(recorder.count) tags came; \(lag)
                \(failure ?? "the worker runs")
                \(lines.all.suffix(30).joined(separator: "\n"))
                """)
        }
    }

    func commit(_ topic: String, offset: Int64, metadata: String = "") throws {
        let consumer = try KafkaConsumer(kafka, ConsumerTuning(group: configuration.group))
        defer { consumer.close(deadline: .seconds(5)) }
        let offsets = (0..<Int32(Self.partitions)).map {
            CommitOffset(TopicPartition(topic, $0), offset: offset, metadata: metadata)
        }
        try consumer.commitSync(offsets, timeout: .seconds(20))
    }
}

private final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func add(_ line: String) { lines.withLock { $0.append(line) } }
}

/// A worker's role on a thread of its own.
private final class RunningWorker {
    private let stop = StopSignal()
    private let done = DispatchSemaphore(value: 0)
    private let ended = Ended()
    private let ready = DispatchSemaphore(value: 0)

    private final class Ended: Sendable {
        let failure = Mutex<String?>(nil)
    }

    var failure: String? { ended.failure.withLock { $0 } }

    init(_ configuration: WorkerConfiguration, _ metrics: WorkerMetrics, _ log: Log) {
        let worker = Worker(configuration, metrics: metrics, log: log)
        let (stop, done, ended, ready) = (stop, done, ended, ready)
        Thread.detachNewThread {
            do {
                try worker.run(stop) { ready.signal() }
            } catch {
                ended.failure.withLock { $0 = "the worker ended: \(error)" }
                ready.signal()
            }
            done.signal()
        }
    }

    func waitUntilReady() { ready.wait() }

    func end() {
        stop.stopNow()
        done.wait()
    }
}

extension Trait where Self == ConditionTrait {
    /// Runs when there is a real Kafka.
    static var realKafka: Self {
        .enabled(if: KafkaCluster.isAvailable, Comment(rawValue: KafkaCluster.missing ?? "real Kafka"))
    }
}
