public import Invalidations

/// Which requests to list, newest first.
public struct StatusQuery: Hashable, Sendable {
    public static let limitMax = 500

    public var namespace: Namespace?
    public var statuses: Set<RequestStatus>
    /// Requests made at this time or later, by their place in lists (`StatusRecord.listedAt`).
    public var since: Timestamp?
    /// Requests made before this time.
    public var until: Timestamp?
    /// Of this publisher, as its records name it.
    public var source: String?
    /// Published with this idempotency key. With a namespace an index finds it.
    public var key: String?
    public var edge: EdgeCondition?
    /// Those that have failures, whatever else they are.
    var isOfFailing = false
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

/// How far a request must be at one edge, or at any.
public struct EdgeCondition: Hashable, Sendable {
    public enum State: String, CaseIterable, Sendable {
        /// Something may still happen there.
        case open
        /// Ended there, and not well.
        case failed
        /// Ended well there.
        case completed
    }

    /// Nil for any.
    public var edge: String?
    /// Nil for any.
    public var state: State?

    public init(edge: String?, state: State? = nil) {
        (self.edge, self.state) = (edge, state)
    }

    func matches(_ record: StatusRecord) -> Bool {
        guard let edge else { return record.cells.contains(where: matches) }
        return record.cell(of: edge).map(matches) ?? false
    }

    private func matches(_ cell: StatusRecord.Cell) -> Bool {
        switch state {
        case nil: true
        case .open: !cell.state.isTerminal
        case .failed: cell.state.isTerminal && !cell.state.isSuccess
        case .completed: cell.state.isSuccess
        }
    }

    /// The statuses that requests of that state at an edge can have; what failed as a whole may be open anywhere.
    var statuses: Set<RequestStatus> {
        switch state {
        case .open: [.queued, .processing, .failed]
        case .failed: [.processing, .failed]
        // An edge that need not be asked is done before others begin.
        case .completed, nil: Set(RequestStatus.allCases)
        }
    }
}

/// A place in the list of requests. Requests that come later stand before it, so pages do not shift.
public struct StatusCursor: Hashable, Sendable {
    public let listedAt: Timestamp
    let id: RequestID
    /// Empty for none, which stands before all.
    let namespace: String

    /// Before all that was made at that time or later.
    public init(before time: Timestamp) {
        (listedAt, id, namespace) = (time, RequestID(high: 0, low: 0), "")
    }

    public init(after record: StatusRecord) {
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

    /// The same for somebody who may not know of that namespace. What other namespaces have of that id is passed over.
    public func naming(_ isKnown: (Namespace) -> Bool) -> StatusCursor {
        guard let name = Namespace(namespace), !isKnown(name) else { return self }
        return StatusCursor(listedAt: listedAt, id: id, namespace: "")
    }

    private init(listedAt: Timestamp, id: RequestID, namespace: String) {
        (self.listedAt, self.id, self.namespace) = (listedAt, id, namespace)
    }

    /// Opaque to clients; safe in a URL.
    public var text: String { "\(listedAt.milliseconds).\(id.text)" + (namespace.isEmpty ? "" : ".\(namespace)") }
}

/// One page of a list.
public struct StatusPage: Hashable, Sendable {
    public let records: [StatusRecord]
    /// Where the next page starts; nil after the last one. A page may have few requests, or none, and a next one all
    /// the same: so many rows were looked at that did not match.
    public let next: StatusCursor?
    /// The time whose progress is all folded in; nil if there was none yet.
    public let asOf: Timestamp?
}
