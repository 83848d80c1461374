public import Invalidations

/// How many requests were published and how many ended in one minute.
public struct MinuteCounts: Hashable, Sendable {
    /// Its beginning.
    public let minute: Timestamp
    /// Heard of for the first time, from a publisher or a worker.
    public let published: Int64
    /// Of which the last news is of this minute, and says that every edge has acknowledged.
    public let completed: Int64
    /// Of which the last news is of this minute, and says that they have failed.
    public let failed: Int64
}

/// How many requests of one namespace were published and how many ended.
public struct NamespaceCounts: Hashable, Sendable {
    public let namespace: Namespace
    public let published: Int64
    public let completed: Int64
    public let failed: Int64
}

/// Namespaces in which something happened, those with the most requests first.
public struct NamespaceList: Hashable, Sendable {
    /// More are not told apart.
    static let namespacesMax = 10_000

    public let namespaces: [NamespaceCounts]
    /// False where there are more namespaces than are told apart.
    public var isComplete: Bool { namespaces.count < Self.namespacesMax }
    /// The time whose records are all folded in; nil if there was none yet.
    public let asOf: Timestamp?
}

/// Which minutes to tell of.
public struct MinuteQuery: Hashable, Sendable {
    /// What the view keeps, and what one answer has at most: a day.
    public static let minutesMax: Int64 = 1_440
    /// Without `since`: an hour.
    private static let minutesDefault: Int64 = 60

    /// Nil for all together.
    public var namespace: Namespace?
    /// Minutes that begin at this time or later; of the last day in any case.
    public var since: Timestamp?
    /// Minutes that begin before this time.
    public var until: Timestamp?

    public init(namespace: Namespace? = nil, since: Timestamp? = nil, until: Timestamp? = nil) {
        (self.namespace, self.since, self.until) = (namespace, since, until)
    }

    /// The numbers of the minutes, from the first up to the one behind the last.
    func bounds(now: Timestamp) -> (first: Int64, end: Int64) {
        let end = until.map(Self.firstNumber)
        let latest = min(MinuteTally.number(of: now) + 1, end ?? .max)
        let first = since.map(Self.firstNumber) ?? latest - Self.minutesDefault
        return (max(first, MinuteTally.number(of: now) + 1 - Self.minutesMax), end ?? .max)
    }

    /// Of the first minute that begins at that time or later.
    private static func firstNumber(from time: Timestamp) -> Int64 {
        let number = MinuteTally.number(of: time)
        return number * MinuteTally.millisecondsPerMinute < time.milliseconds ? number + 1 : number
    }
}

/// Minutes in which something happened, the newest first.
public struct MinutePage: Hashable, Sendable {
    public let minutes: [MinuteCounts]
    /// The time whose records are all folded in; nil if there was none yet.
    public let asOf: Timestamp?
}
