/// How a consumer reads.
public struct ConsumerTuning: Sendable {
    /// Nil for a reader without a group: it assigns partitions and offsets itself and commits nothing.
    public var group: String?
    /// Prefetch stops above so many records in a partition's queue. Twice the peak records a second of a
    /// partition, at least 10,000: the library waits for a second when the queue is full.
    public var queuedRecordsMin = 100_000
    /// Prefetched bytes of each partition, in KiB. Memory is bounded by this times the partitions.
    public var queuedKilobytesMax = 16_384
    public var fetchWaitMax = Duration.milliseconds(50)
    /// Bytes for which a broker holds an answer back, up to `fetchWaitMax`: more makes fewer and larger answers.
    public var fetchBytesMin = 1
    /// Bytes of one partition in one answer of a broker.
    public var fetchBytesMax = 65_536
    /// Whether reaching the end of a partition is told.
    public var reportsEndOfPartition = false
    /// Whether records of open and aborted transactions are read, too, and partitions end at their high watermarks.
    /// Otherwise they end where the first open transaction begins.
    public var readsUncommitted = false
    /// How long the group waits for a silent member before others get its partitions. Fifteen beats: a broker that
    /// restarts, and the successor of a group's coordinator that froze (about ten seconds), are within it.
    public var sessionTimeout = Duration.seconds(15)
    /// A member that does not call `poll` for as long is taken for stuck and loses its partitions; not below the
    /// session's time-out.
    public var pollIntervalMax = Duration.seconds(300)
    /// Each member learns of a rebalance with a beat, and nobody reads until the last of them has.
    public var heartbeatInterval = Duration.seconds(1)
    /// How often statistics come as an event; zero for never.
    public var statisticsInterval = Duration.seconds(5)

    public init(group: String? = nil) {
        self.group = group
    }
}
