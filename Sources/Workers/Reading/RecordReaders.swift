import Invalidations
import Kafka
import TopicCatalogue

/// The consumers of a worker: a member of the group, which reads the invalidation topics, and a reader of the retry topics.
///
/// Two, because the library bounds what it reads ahead by partition, with one bound for all. Invalidations need a second's
/// work in each queue, for the library rests for a second when one is full. Retries mostly wait for their time, with ten
/// headers each that do not count, and 48 queues of that size would hold hundreds of megabytes while an edge is down.
struct RecordReaders {
    /// Of one invalidation partition: payload, and records, each of which takes some 500 bytes more.
    private static let mainKilobytes = 1_024
    private static let mainRecords = 8_000
    /// Of one retry partition. A retry takes some 2,000 bytes with its headers.
    private static let retryKilobytes = 128
    private static let retryRecords = 500

    let member: KafkaConsumer
    private let retries: KafkaConsumer
    private let retryTopics: Set<String>

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
        retryTopics = Set(configuration.topics.retries)
    }

    /// Without it, what is assigned first is read up to a second later.
    func warmUp(timeout: Duration) throws(KafkaError) {
        try retries.warmUp(timeout: timeout)
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
    func assign(_ partitions: [TopicPartitionOffset]) throws(KafkaError) {
        let isRetry = { retryTopics.contains($0) }
        try retries.assign(partitions.filter { isRetry($0.partition.topic) })
        try member.acceptAssignment(partitions.filter { !isRetry($0.partition.topic) })
    }

    /// Answers a revocation.
    func acceptRevocation() throws(KafkaError) {
        try retries.assign([])
        try member.acceptRevocation()
    }

    func records(
        of partition: TopicPartition, max: Int, _ body: (borrowing KafkaRecord) -> Void
    ) throws(KafkaError) -> DrainedRecords {
        let consumer = retryTopics.contains(partition.topic) ? retries : member
        return try consumer.records(of: partition, max: max, body)
    }

    /// Leaves the group.
    ///
    /// - Returns: false when that took longer than the deadline.
    func close(deadline: Duration) -> Bool {
        let hasLeft = member.close(deadline: deadline)
        return retries.close(deadline: .seconds(1)) && hasLeft
    }
}
