import Invalidations
import Kafka
import TopicCatalogue

/// Record consumer on Kafka: a group member for invalidation and replay topics, a reader for retry topics.
///
/// They are two, because the library bounds what it reads ahead by partition, with one bound for all. Invalidations
/// need a second's work in each queue, for the library waits for a second when one is full. Retries mostly wait for
/// their time, with ten headers each that do not count, and 48 queues of that size would hold hundreds of megabytes
/// while an edge is down.
final class KafkaRecordConsumer: RecordConsumer {
    /// Of one invalidation partition: payload, and records, each of which takes some 500 bytes more.
    private static let mainKilobytes = 1_024
    private static let mainRecords = 8_000
    /// Of one retry partition. A retry takes some 2,000 bytes with its headers.
    private static let retryKilobytes = 128
    private static let retryRecords = 500

    private let member: KafkaConsumer
    private let retries: KafkaConsumer
    private let topics: SourceTopics
    private let decoder: RecordDecoder

    init(_ configuration: WorkerConfiguration) throws(KafkaError) {
        var tuning = ConsumerTuning(group: configuration.group)
        tuning.sessionTimeout = configuration.sessionTimeout
        tuning.pollIntervalMax = configuration.pollIntervalMax
        tuning.statisticsInterval = .zero
        tuning.queuedKilobytesMax = Self.mainKilobytes
        tuning.queuedRecordsMin = Self.mainRecords
        var kafka = configuration.kafka
        kafka.clientID = PeerCheck.clientID(configuration)
        member = try KafkaConsumer(kafka, tuning)
        tuning.group = nil
        tuning.queuedKilobytesMax = Self.retryKilobytes
        tuning.queuedRecordsMin = Self.retryRecords
        retries = try KafkaConsumer(configuration.kafka, tuning)
        topics = configuration.topics
        decoder = RecordDecoder(topics)
    }

    func wake(on descriptor: Int32, topics: [String: Int32]) {
        member.wake(on: descriptor, topics: topics)
        retries.wake(on: descriptor, topics: topics)
    }

    /// Takes all events that have come.
    func poll(_ body: (ConsumerEvent) -> Void) {
        for consumer in [member, retries] { while consumer.poll(max: 64, body) == 64 {} }
    }

    /// Reads these partitions from there on, and no others.
    func assignPartitions(_ partitions: [TopicPartitionOffset]) throws(KafkaError) {
        let retryTopics = Set(topics.retries)
        let isRetry = { topic in retryTopics.contains(topic) }
        try retries.assignPartitions(partitions.filter { isRetry($0.partition.topic) })
        try member.acceptAssignment(partitions.filter { !isRetry($0.partition.topic) })
    }

    /// Answers a revocation.
    func acceptRevocation() throws(KafkaError) {
        try retries.assignPartitions([])
        try member.acceptRevocation()
    }

    func records(
        of source: SourcePartition, max: Int, _ body: (IncomingRecord, _ storedAt: Int64?) -> Void
    ) throws(KafkaError) -> DrainedRecords {
        let consumer = source.tier == nil ? member : retries
        return try consumer.records(of: topics[source], max: max) { [decoder] record in
            body(decoder.decode(record, from: source), record.appendedAt)
        }
    }

    /// Leaves the group.
    ///
    /// - Returns: false when that took longer than the deadline.
    func close(deadline: Duration) -> Bool {
        let hasLeft = member.close(deadline: deadline)
        return retries.close(deadline: .seconds(1)) && hasLeft
    }

    func partitionCounts(timeout: Duration) throws(KafkaError) -> [String: Int] {
        try member.partitionCounts(timeout: timeout)
    }

    func subscribe(_ topics: [String]) throws(KafkaError) { try member.subscribe(topics) }

    func commit(_ offsets: [CommitOffset]) throws(KafkaError) { try member.commit(offsets) }

    func commitSync(_ offsets: [CommitOffset], timeout: Duration) throws(KafkaError) {
        try member.commitSync(offsets, timeout: timeout)
    }

    func committed(_ partitions: [TopicPartition], timeout: Duration) throws(KafkaError) -> [CommittedOffset] {
        try member.committed(partitions, timeout: timeout)
    }

    func watermarks(
        of partitions: [TopicPartition], timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: Watermarks] {
        try member.watermarks(of: partitions, timeout: timeout)
    }

    func offsets(
        newerThan times: [TopicPartition: Int64], timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        try member.offsets(newerThan: times, timeout: timeout)
    }

    func warmUp(timeout: Duration) throws(KafkaError) {
        try member.warmUp(timeout: timeout)
        try retries.warmUp(timeout: timeout)
    }
}
