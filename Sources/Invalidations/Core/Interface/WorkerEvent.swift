/// What happens to a worker.
public enum WorkerEvent: Sendable {
    /// Partitions to read from now on.
    case assigned([AssignedPartition])
    /// Partitions that belong to somebody else from now on.
    case revoked([SourcePartition])
    case record(IncomingRecord)
    /// The purge of that number ended. `rest`: how long the edge asks to be left alone although nothing failed,
    /// because its budget is used up.
    case purged(PurgeNumber, PurgeOutcome, rest: Duration? = nil)
    /// The edge answered the markers of `WorkerAction.check`, or did not.
    case checked(edge: Int, EdgeCheck)
    /// Kafka stored the retry record, dead letter or report of that number, or will not.
    case delivered(DeliveryNumber, isStored: Bool)
    /// Kafka did not take the commit of these partitions.
    case commitFailed([SourcePartition])
    /// The time asked for has come.
    case timer
    /// Take nothing more in, finish what is open.
    case drain
}

public typealias PurgeNumber = UInt64
public typealias DeliveryNumber = UInt64

/// A partition as its new owner finds it.
public struct AssignedPartition: Hashable, Sendable {
    public var source: SourcePartition
    /// The next offset to read: everything below is finished.
    public var next: Int64
    /// What was committed beside the offset: which records above it are finished, too.
    public var metadata: String?
    /// Where the partition ended when it was assigned: nothing there or above can be finished, and up to there stands
    /// what earlier owners have deferred. Nil where nobody asked.
    public var end: Int64?
    /// The committed offset was of another log, which went back or was made anew: what is committed now must be
    /// replaced at once, before this log has grown to where the other one was.
    public var isAnew: Bool
    /// How many partitions its topic has in all: a worker's share of an edge's limits is its share of them. Nil where
    /// that is not known.
    public var topicPartitions: Int?

    public init(
        _ source: SourcePartition, next: Int64, metadata: String? = nil, end: Int64? = nil, isAnew: Bool = false
    ) {
        self.isAnew = isAnew
        self.source = source
        self.next = next
        self.metadata = metadata
        self.end = end
    }
}
