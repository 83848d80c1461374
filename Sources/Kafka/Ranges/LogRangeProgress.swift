/// What one call of reading ranges came to.
public struct LogRangeProgress: Hashable, Sendable {
    /// Partition that waits for the end of a transaction.
    public struct Stalled: Hashable, Sendable {
        public let partition: TopicPartition
        /// The offset at which the oldest open transaction begins.
        public let offset: Int64
        /// When the wait began, in milliseconds since 1970.
        public let since: Int64
    }

    /// How many records were handed out.
    public var records = 0
    /// Partitions that were read to the end of their range in this call.
    public var ended: [TopicPartition] = []
    /// Offsets that retention removed before they were read, as far as was found in this call.
    public var lost: [LogRange] = []
    /// All partitions that wait now.
    public var stalled: [Stalled] = []
    /// What Kafka complained about in this call; reading goes on.
    public var problems: [KafkaError] = []
    /// Whether all ranges are read.
    public var isComplete = false

    public init() {}

    /// Whether a caller should hear of it now, without waiting for more.
    var isNews: Bool { isComplete || records > 0 || !ended.isEmpty || !lost.isEmpty || !problems.isEmpty }
}
