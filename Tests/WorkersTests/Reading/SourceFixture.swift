import Invalidations
import Kafka
import Runtime
import TestSupport
import TopicCatalogue
import Workers

/// A record source on an embedded cluster, and the records it handed out.
final class SourceFixture {
    static let partitions = 3

    let cluster: EmbeddedCluster
    let configuration: WorkerConfiguration
    let topics: SourceTopics
    private(set) var source: RecordSource
    private let producer: KafkaProducer

    private(set) var assigned: [AssignedPartition] = []
    private(set) var committed: [SourcePartition: Int64] = [:]
    private(set) var records: [IncomingRecord] = []
    /// How many more records of a partition are taken.
    var capacity: (SourcePartition) -> Int = { _ in 1_000_000 }
    /// Called with each record that was handed out.
    var onRecord: (IncomingRecord) -> Void = { _ in }

    /// - Parameter fewer: topics with one partition less.
    init(strict: [NamespacePattern] = [], fewer: [String] = []) throws {
        cluster = try EmbeddedCluster()
        let kafka = KafkaConfiguration(brokers: cluster.brokers, clientID: "test")
        var core = WorkerSettings()
        core.retryTiers = [.seconds(10), .seconds(60)]
        core.strictNamespaces = strict
        configuration = WorkerConfiguration(
            kafka: kafka, edges: [], name: "worker-1", partitionSource: .allPartitions, core: core)
        topics = configuration.topics
        for name in topics.all {
            try cluster.createTopic(name, partitions: Self.partitions - (fewer.contains(name) ? 1 : 0))
        }
        producer = try KafkaProducer(kafka)
        try producer.warmUp(topics: topics.names, timeout: .seconds(30))
        source = try Self.source(configuration)
    }

    deinit { source.close() }

    var allPartitions: [SourcePartition] {
        topics.names.indices.flatMap { topic in
            (0..<Int32(Self.partitions)).map { SourcePartition(topic: topic, partition: $0) }
        }
    }

    /// Offsets that were handed out, in order.
    func offsets(of source: SourcePartition) -> [Int64] {
        records.filter { $0.position.source == source }.map(\.position.offset)
    }

    func fill(_ source: SourcePartition, with values: [String], headers: [RecordHeader] = []) throws {
        for value in values {
            try producer.send(
                topic: topics[source].topic, partition: source.partition, key: Array("shop".utf8),
                value: Array(value.utf8), headers: headers.map { KafkaHeader($0.name, $0.value) }, token: 1)
        }
        precondition(producer.flush(timeout: .seconds(30)) == 0, "the embedded cluster stores everything")
    }

    /// As it is assigned.
    func partition(_ source: SourcePartition, next: Int64, metadata: String? = nil) -> AssignedPartition {
        var partition = AssignedPartition(source, next: next, metadata: metadata)
        partition.topicPartitions = Self.partitions
        return partition
    }

    func startReading() throws {
        source.onCommitted = { [unowned self] in committed[$0] = $1 }
        try source.startReading { handleEvent($0) }
    }

    /// As another process would: what was not committed is read again.
    func restart() throws {
        source.close()
        (assigned, records) = ([], [])
        source = try Self.source(configuration)
        try startReading()
    }

    /// Runs turns until `condition` holds.
    func runTurns(until what: String, perTurn: Int = 100, _ condition: () -> Bool) throws {
        try eventually(what) {
            try runTurn(perTurn)
            return condition()
        }
    }

    func runTurn(_ max: Int = 100) throws {
        try source.pollControl { handleEvent($0) }
        source.woken()
        var portion = ReadingPortion()
        portion.records = max
        try source.read(portion, capacity: capacity) { record in
            records.append(record)
            onRecord(record)
        }
    }

    private func handleEvent(_ event: RecordSource.Event) {
        switch event {
        case .assigned(let partitions): assigned += partitions
        case .revoked, .commitFailed, .joined: break
        }
    }

    private static func source(_ configuration: WorkerConfiguration) throws -> RecordSource {
        let ports = try KafkaPorts(configuration, log: .silent)
        return RecordSource(configuration, consumer: ports.consumer, observer: ports.observer, log: .silent)
    }
}
