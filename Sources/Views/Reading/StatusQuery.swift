public import Invalidations

/// Which requests to list, newest first.
public struct StatusQuery: Hashable, Sendable {
    public static let limitMax = 500

    public var namespace: Namespace?
    public var statuses: Set<RequestStatus>
    /// Requests made at this time or later.
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
    let requestedAt: Timestamp
    let id: RequestID

    init(after record: StatusRecord) {
        requestedAt = record.requestedAt
        id = record.id
    }

    /// Nil for anything that `text` does not give.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1)
        guard text.utf8.count <= 64, parts.count == 2, let time = Int64(parts[0]), let id = RequestID(String(parts[1]))
        else { return nil }
        requestedAt = Timestamp(milliseconds: time)
        self.id = id
    }

    /// Opaque to clients; safe in a URL.
    public var text: String { "\(requestedAt.milliseconds).\(id.text)" }
}

/// One page of a list.
public struct StatusPage: Hashable, Sendable {
    public let records: [StatusRecord]
    /// Where the next page starts; nil after the last one.
    public let next: StatusCursor?
}
