internal import Invalidations
internal import Kafka
internal import Replays
internal import Views

/// Topic on Kafka that a run writes.
final class KafkaRunTarget: RunTarget {
    /// Records whose deliveries are taken at a time.
    private static let deliveriesMax = 10_000

    private let topic: String
    private let producer: KafkaProducer

    init(topic: String, _ kafka: KafkaConfiguration) throws {
        self.topic = topic
        producer = try KafkaProducer(kafka, ProducerTuning())
        try producer.warmUp(topics: [topic], timeout: .seconds(10))
    }

    func send(_ publication: RunPublication, token: UInt64) throws {
        try producer.send(
            topic: topic, partition: publication.origin.partition.partition, key: publication.key,
            value: publication.value, headers: publication.headers.map { KafkaHeader($0.name, $0.value) },
            token: token)
    }

    func takeDeliveries(_ body: (Delivery) -> Void) throws {
        if let error = producer.fatalError { throw error }
        producer.drainDeliveries(max: Self.deliveriesMax, timeout: .zero, body)
    }

    func close() { producer.flush(timeout: .seconds(1)) }
}

/// What workers have committed of a topic, and what the view tells of its requests.
final class KafkaRunOutcomes: RunOutcomes {
    private let topic: String
    private let consumer: KafkaConsumer
    private let view: ViewReader

    init(topic: String, _ configuration: ReplayConfiguration, view: ViewReader) throws {
        self.topic = topic
        self.view = view
        consumer = try KafkaConsumer(configuration.kafka, ConsumerTuning(group: configuration.workerGroup))
    }

    func finished(_ partitions: [Int32]) throws -> [Int32: Int64] {
        var finished: [Int32: Int64] = [:]
        let all = partitions.map { TopicPartition(topic, $0) }
        for commit in try consumer.committed(all, timeout: .seconds(5)) {
            finished[commit.partition.partition] = commit.offset ?? 0
        }
        return finished
    }

    func record(_ identity: RequestIdentity) throws -> StatusRecord? {
        guard case .found(let record, _) = try view.lookup(identity.id, in: identity.namespace) else { return nil }
        return record
    }

    func close() { consumer.close(deadline: .seconds(1)) }
}
