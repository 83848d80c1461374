package import Invalidations
package import Kafka

/// Reads a worker's topics and commits for its group. Kafka stands behind it, or a simulated log.
///
/// It belongs to one thread. Every call throws a `KafkaError` when the cluster does not answer in time.
package protocol RecordConsumer: AnyObject {
    /// How many partitions each topic of the cluster has.
    func partitionCounts(timeout: Duration) throws(KafkaError) -> [String: Int]
    /// Finds out which brokers lead which partitions, so that what is assigned next is read at once.
    func warmUp(timeout: Duration) throws(KafkaError)
    /// Joins the group; partitions come as `ConsumerEvent.assigned`.
    func subscribe(_ topics: [String]) throws(KafkaError)
    /// Takes all events that have come.
    func poll(_ body: (ConsumerEvent) -> Void)
    /// Reads these partitions from there on, and no others. It answers an assignment.
    func assignPartitions(_ partitions: [TopicPartitionOffset]) throws(KafkaError)
    /// Answers a revocation.
    func acceptRevocation() throws(KafkaError)
    /// Hands out waiting records of a partition, in order, and when a broker stored each, in milliseconds since 1970.
    ///
    /// - Throws: what Kafka says of the partition, such as `offsetOutOfRange`; the records before it were handed out.
    func records(
        of source: SourcePartition, max: Int, _ body: (IncomingRecord, _ storedAt: Int64?) -> Void
    ) throws(KafkaError) -> DrainedRecords
    /// Commits without waiting; the answer comes as `ConsumerEvent.committed`.
    func commit(_ offsets: [CommitOffset]) throws(KafkaError)
    /// Commits and waits for the answer.
    func commitSync(_ offsets: [CommitOffset], timeout: Duration) throws(KafkaError)
    /// What the group has committed.
    func committed(_ partitions: [TopicPartition], timeout: Duration) throws(KafkaError) -> [CommittedOffset]
    /// The offsets that each partition holds now.
    func watermarks(
        of partitions: [TopicPartition], timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: Watermarks]
    /// By partition, the first offset whose record is newer than that; none where there is no such record.
    func offsets(
        newerThan times: [TopicPartition: Int64], timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: Int64]
    /// Leaves the group.
    ///
    /// - Returns: false when that took longer than the deadline.
    func close(deadline: Duration) -> Bool
}
