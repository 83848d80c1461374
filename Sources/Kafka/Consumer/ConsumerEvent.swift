/// What a consumer learns besides records.
public enum ConsumerEvent: Sendable {
    /// The group gives these partitions to this member: answer with `acceptAssignment`, in time for the session.
    case assigned([TopicPartition])
    /// The group takes all of this member's partitions away: finish or drop what is open, commit unless they are `lost`
    /// (then somebody else may have them already), and answer with `acceptRevocation`. A member that is about to leave
    /// answers with `close`: were it to join anew first, the group would share out twice.
    case revoked([TopicPartition], lost: Bool)
    /// The answer to `commit`.
    case committed([CommitResult])
    /// As `DrainedRecords.end`, of a partition that is not read any more.
    case endOfPartition(TopicPartition, offset: Int64)
    /// Usually passing: the library keeps trying.
    case error(KafkaError)
    /// The consumer is of no use any more and must be made anew.
    case fatal(KafkaError)
    case log(KafkaLog)
    /// The library's statistics, as JSON.
    case statistics(String)
}

/// What came of reading a partition's queue.
public struct DrainedRecords: Hashable, Sendable {
    public var count = 0
    /// Whether the queue was emptied: more records wake the descriptor. Otherwise they wait without a wake.
    public var isEmpty = false
    /// Set when the end of the partition was reached (and `reportsEndOfPartition` asked for it): the next offset.
    public var end: Int64?

    public init(count: Int = 0, isEmpty: Bool = false, end: Int64? = nil) {
        self.count = count
        self.isEmpty = isEmpty
        self.end = end
    }
}
