import Kafka
import TestSupport
import Testing

/// A cluster to run the same test against: the embedded one, or a real Kafka.
enum Cluster: CustomTestStringConvertible, Sendable {
    case embedded
    case real

    /// Those that there are on this machine.
    static var available: [Cluster] { KafkaCluster.isAvailable ? [.embedded, .real] : [.embedded] }

    var testDescription: String {
        switch self {
        case .embedded: "embedded cluster"
        case .real: "real Kafka"
        }
    }

    /// A topic of a name of its own, and how to reach it. The cluster lives as long as the value.
    func topic(partitions: Int = 4) throws -> TestTopic {
        switch self {
        case .embedded:
            let cluster = try EmbeddedCluster()
            let name = KafkaCluster.uniqueName("topic")
            try cluster.createTopic(name, partitions: partitions)
            let configuration = KafkaConfiguration(brokers: cluster.brokers, clientID: "test")
            return TestTopic(name: name, partitions: partitions, configuration: configuration, cluster: cluster)
        case .real:
            let name = try KafkaCluster.createTopic("topic", partitions: partitions)
            return TestTopic(
                name: name, partitions: partitions, configuration: try KafkaCluster.configuration(), cluster: nil)
        }
    }
}

final class TestTopic: Sendable {
    let name: String
    let partitions: Int
    let configuration: KafkaConfiguration
    let cluster: EmbeddedCluster?

    init(name: String, partitions: Int, configuration: KafkaConfiguration, cluster: EmbeddedCluster?) {
        self.name = name
        self.partitions = partitions
        self.configuration = configuration
        self.cluster = cluster
    }

    var all: [TopicPartition] { (0..<Int32(partitions)).map { TopicPartition(name, $0) } }

    func producer(_ tuning: ProducerTuning = ProducerTuning()) throws -> KafkaProducer {
        let producer = try KafkaProducer(configuration, tuning)
        try producer.warmUp(topics: [name], timeout: .seconds(30))
        return producer
    }

    /// A reader of all partitions from their beginning.
    func reader(_ tuning: ConsumerTuning? = nil) throws -> KafkaConsumer {
        var reading = ConsumerTuning()
        reading.reportsEndOfPartition = true
        let consumer = try KafkaConsumer(configuration, tuning ?? reading)
        try consumer.assignPartitions(all.map { TopicPartitionOffset($0, .beginning) })
        return consumer
    }
}

/// A record with its bytes, for comparing.
struct ReadRecord: Hashable {
    var partition: Int32
    var offset: Int64
    var key: [UInt8]?
    var value: [UInt8]?
    var headers: [KafkaHeader]
    var timestamp: Int64?

    init(_ record: borrowing KafkaRecord) {
        partition = record.partition.partition
        offset = record.offset
        key = record.key.map { Array($0) }
        value = record.value.map { Array($0) }
        headers = record.headers
        timestamp = record.timestamp
    }
}

extension KafkaConsumer {
    /// Reads until `count` records have come.
    func read(_ count: Int, within deadline: Duration = .seconds(30)) throws -> [ReadRecord] {
        var records: [ReadRecord] = []
        try eventually("\(count) records", within: deadline) {
            poll { _ in }
            for partition in assignment {
                _ = try self.records(of: partition, max: 1_000) { records.append(ReadRecord($0)) }
            }
            return records.count >= count
        }
        return records
    }
}

extension KafkaProducer {
    /// Sends one record and waits for its delivery.
    @discardableResult
    func store(
        _ topic: String, partition: Int32? = nil, key: String? = nil, _ value: String
    ) throws -> (partition: Int32, offset: Int64) {
        let key = key.map { Array($0.utf8) }
        try send(topic: topic, partition: partition, key: key, value: Array(value.utf8), token: 1)
        var result: Delivery.Result?
        flush(timeout: .seconds(30)) { result = $0.result }
        switch result {
        case .stored(let partition, let offset): return (partition, offset)
        case .failed(let error): throw error
        case nil: throw EventuallyFailed(description: "no delivery")
        }
    }
}

struct EventuallyFailed: Error, CustomStringConvertible {
    let description: String
}
