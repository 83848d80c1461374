/// Where a range of a partition's log begins or ends.
public enum LogBound: Hashable, Sendable {
    /// The oldest record that the partition holds.
    case beginning
    /// Behind the newest record.
    case end
    /// The first record that is at least so young: milliseconds since 1970, by the records' own times.
    case time(Int64)
    case offset(Int64)
}

/// Both bounds of a range: `from` is part of it, `until` is not.
public struct LogBounds: Hashable, Sendable {
    public var from: LogBound
    public var until: LogBound

    public init(from: LogBound, until: LogBound) {
        self.from = from
        self.until = until
    }
}
