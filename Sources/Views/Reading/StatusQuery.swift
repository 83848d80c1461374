public import Invalidations

/// Which requests to list, newest first.
public struct StatusQuery: Hashable, Sendable {
    public static let limitMax = 500

    public var namespace: Namespace?
    public var statuses: Set<RequestStatus>
    /// Requests made at this time or later, by their place in lists (`StatusRecord.listedAt`).
    public var since: Timestamp?
    /// Where the page before ended.
    public var cursor: StatusCursor?
    /// How many at most: 1 to `limitMax`.
    public var limit: Int

    public init(
        namespace: Namespace? = nil, statuses: Set<RequestStatus> = Set(RequestStatus.allCases),
        since: Timestamp? = nil, cursor: StatusCursor? = nil, limit: Int = 50
    ) {
        self.namespace = namespace
        self.statuses = statuses
        self.since = since
        self.cursor = cursor
        self.limit = min(max(limit, 1), Self.limitMax)
    }
}

/// A place in the list of requests. Requests that come later stand before it, so pages do not shift.
public struct StatusCursor: Hashable, Sendable {
    let listedAt: Timestamp
    let id: RequestID
    /// Empty for none, which stands before all.
    let namespace: String

    init(after record: StatusRecord) {
        listedAt = record.listedAt
        id = record.id
        namespace = record.namespace.name
    }

    /// Nil for anything that `text` does not give.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 2)
        guard text.utf8.count <= 64 + Limits.namespaceBytes, parts.count >= 2, let time = Int64(parts[0]),
            let id = RequestID(String(parts[1]))
        else { return nil }
        if parts.count == 3, Namespace(String(parts[2])) == nil { return nil }
        listedAt = Timestamp(milliseconds: time)
        self.id = id
        namespace = parts.count == 3 ? String(parts[2]) : ""
    }

    /// Opaque to clients; safe in a URL.
    public var text: String { "\(listedAt.milliseconds).\(id.text).\(namespace)" }
}

/// One page of a list.
public struct StatusPage: Hashable, Sendable {
    public let records: [StatusRecord]
    /// Where the next page starts; nil after the last one.
    public let next: StatusCursor?
    /// The time whose progress is all folded in; nil if there was none yet.
    public let asOf: Timestamp?
}
