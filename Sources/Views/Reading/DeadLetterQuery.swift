public import Invalidations
public import Replays

/// Which dead letters to list, newest first.
public struct DeadLetterQuery: Hashable, Sendable {
    public static let limitMax = 1_000

    /// Of which one must match; none for all namespaces.
    public var namespaces: [Glob] = []
    /// undecodable, unroutable, permanent, exhausted; none for all.
    public var classes: Set<String> = []
    /// Those that are dead at one of these edges; none for all.
    public var edges: Set<String> = []
    /// With exactly this error.
    public var error: String?
    /// Of this request.
    public var request: RequestID?
    /// Of requests that this run has redriven or replayed.
    public var run: String?
    public var since: Timestamp?
    /// Written before this time.
    public var until: Timestamp?
    /// Only quarantined ones, or only others.
    public var isQuarantined: Bool?
    /// Also those that were redriven or discarded since.
    public var includesClosed = false
    /// Where the page before ended.
    public var cursor: DeadLetterCursor?
    /// How many at most: 1 to `limitMax`.
    public var limit = 50

    public init() {}
}

/// Place in the list of dead letters; newer ones stand before it, so pages do not shift.
public struct DeadLetterCursor: Hashable, Sendable {
    let time: Int64
    let partition: Int32
    let offset: Int64

    public init(after entry: DeadLetterEntry) {
        (time, partition, offset) = (entry.time ?? 0, entry.partition, entry.offset)
    }

    /// Nil for anything that `text` does not give.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 64, parts.count == 3, let time = Int64(parts[0]), let partition = Int32(parts[1]),
            let offset = Int64(parts[2])
        else { return nil }
        (self.time, self.partition, self.offset) = (time, partition, offset)
    }

    /// Opaque to clients; safe in a URL.
    public var text: String { "\(time).\(partition).\(offset)" }
}

/// Dead letter as the view knows it: what its record says, and what became of it.
public struct DeadLetterRecord: Hashable, Sendable {
    public let entry: DeadLetterEntry
    /// Whether a redrive would take it, or somebody who releases it.
    public let isOpen: Bool
    /// The edges at which it is open; none for a dead letter of a request as a whole.
    public let openEdges: [String]

    public init(entry: DeadLetterEntry, isOpen: Bool, openEdges: [String]) {
        (self.entry, self.isOpen, self.openEdges) = (entry, isOpen, openEdges)
    }
}

/// One page of a list of dead letters.
public struct DeadLetterPage: Hashable, Sendable {
    public let deadLetters: [DeadLetterRecord]
    /// Where the next page starts; nil after the last one.
    public let next: DeadLetterCursor?
    /// The time whose records are all folded in; nil if there was none yet.
    public let asOf: Timestamp?
}

/// By what dead letters are counted.
public enum DeadLetterGrouping: String, CaseIterable, Sendable {
    case error, edge, namespace
    case deadClass = "class"
}

/// Numbers of dead letters by group, the largest first.
public struct DeadLetterGroups: Hashable, Sendable {
    public struct Group: Hashable, Sendable {
        public let name: String
        public let count: Int64
    }

    public let groups: [Group]
    /// All that match, each counted once.
    public let total: Int64
    public let asOf: Timestamp?
}
