/// Frozen half-open range of offsets of one partition.
public struct LogRange: Hashable, Sendable {
    public let partition: TopicPartition
    /// The first offset that is wanted.
    public let start: Int64
    /// The first offset that is not; never below `start`.
    public let end: Int64

    public init(_ partition: TopicPartition, from start: Int64, to end: Int64) {
        self.partition = partition
        self.start = start
        self.end = max(start, end)
    }

    /// Whether it can hold no record. Others may hold none as well: not every offset is a record's.
    public var isEmpty: Bool { start == end }
}

extension LogRange: CustomStringConvertible {
    public var description: String { "\(partition) [\(start), \(end))" }
}

/// Range that bounds came to, with what retention has removed of it.
public struct ResolvedRange: Hashable, Sendable {
    public let range: LogRange
    /// What the partition held when the bounds were looked up.
    public let watermarks: Watermarks
    /// Nil where all that was asked for is there.
    public let missing: MissingRecords?
}

/// Records that a range asks for and retention may have removed.
public enum MissingRecords: Hashable, Sendable {
    /// These offsets are gone.
    case offsets(Range<Int64>)
    /// Records of these times may be gone, in milliseconds since 1970: from the time that was asked for to that of the
    /// oldest record. It is empty where both are the same: others of that millisecond may be gone.
    case times(Range<Int64>)
    /// The partition has held records and has no record now that would say from when they were.
    case unknown
}
