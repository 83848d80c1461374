public import Invalidations

/// Edges at which requests have failed, those with the most requests first.
public struct FailingEdges: Hashable, Sendable {
    public let edges: [FailingEdge]
    /// False where there are more requests that fail than were looked at: the numbers are of the newest ones.
    public let isComplete: Bool
    /// The time whose records are all folded in; nil if there was none yet.
    public let asOf: Timestamp?
}

/// Edge at which requests have failed, and the last error there.
public struct FailingEdge: Hashable, Sendable {
    public struct Failure: Hashable, Sendable {
        public let request: RequestIdentity
        public let failure: EdgeFailure
        /// When the request was heard of for the last time.
        public let at: Timestamp
    }

    public let edge: String
    /// Requests that were given up there.
    public internal(set) var dead: Int64 = 0
    /// Requests whose last attempt there failed, and that are tried again.
    public internal(set) var deferred: Int64 = 0
    public internal(set) var last: Failure
}

/// Which failing edges to tell of.
public struct FailingEdgesQuery: Hashable, Sendable {
    public static let limitMax = 500

    /// Nil for all.
    public var namespace: Namespace?
    /// Requests made at this time or later, by their place in lists.
    public var since: Timestamp?
    /// How many edges at most: 1 to `limitMax`.
    public var limit: Int

    public init(namespace: Namespace? = nil, since: Timestamp? = nil, limit: Int = 20) {
        (self.namespace, self.since) = (namespace, since)
        self.limit = min(max(limit, 1), Self.limitMax)
    }
}

/// Counts failing requests by edge, at a bounded cost: an index has those alone, and the newest are looked at.
struct FailingEdgeCounter {
    /// How many requests are looked at.
    private static let requestsMax = 5_000
    /// How many are read at once.
    private static let stepMax = 500
    /// How many edges are told apart.
    private static let edgesMax = 10_000

    private var edges: [String: FailingEdge] = [:]
    private var isComplete = false
    private var asOf: Timestamp?

    static func count(_ query: FailingEdgesQuery, _ view: any ViewQueries) throws -> FailingEdges {
        var counter = FailingEdgeCounter()
        try counter.read(query, view)
        let edges = counter.edges.values.sorted { a, b in
            (b.dead + b.deferred, a.edge) < (a.dead + a.deferred, b.edge)
        }
        return FailingEdges(
            edges: Array(edges.prefix(query.limit)), isComplete: counter.isComplete, asOf: counter.asOf)
    }

    private mutating func read(_ query: FailingEdgesQuery, _ view: any ViewQueries) throws {
        var part = StatusQuery(namespace: query.namespace, since: query.since)
        part.isOfFailing = true
        for step in 0..<Self.requestsMax / Self.stepMax {
            let found = try view.newest(part, max: Self.stepMax)
            // What came later may be in later rows; the first ones know no more than this.
            if step == 0 { asOf = found.watermark }
            for record in found.records { add(record) }
            let rows = found.records.sorted(by: StatusPages.isNewer)
            guard rows.count == Self.stepMax, let last = rows.last else {
                isComplete = edges.count < Self.edgesMax
                return
            }
            part.cursor = StatusCursor(after: last)
        }
    }

    private mutating func add(_ record: StatusRecord) {
        for (edge, cell) in zip(record.edges, record.cells) where cell.state == .dead || cell.state == .deferred {
            guard let failure = record.failures[edge], !failure.isWaiting else { continue }
            let news = FailingEdge.Failure(request: record.identity, failure: failure, at: record.updatedAt)
            guard edges[edge] != nil || edges.count < Self.edgesMax else { continue }
            var entry = edges[edge] ?? FailingEdge(edge: edge, last: news)
            if cell.state == .dead { entry.dead += 1 } else { entry.deferred += 1 }
            if Self.order(entry.last) < Self.order(news) { entry.last = news }
            edges[edge] = entry
        }
    }

    /// Whatever order rows come in, the same failure is the last.
    private static func order(_ failure: FailingEdge.Failure) -> (Timestamp, RequestID, String) {
        (failure.at, failure.request.id, failure.request.namespace.name)
    }
}
