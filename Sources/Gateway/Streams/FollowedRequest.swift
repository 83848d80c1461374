internal import Invalidations

/// A request that a stream tells of, and what its client knows of it.
struct FollowedRequest: Sendable {
    let id: RequestID
    /// Whose request is meant; nil until one of the id is heard of.
    private(set) var namespace: Namespace?
    /// Nil while nothing is known but the id.
    private(set) var record: StatusRecord?
    /// As of when the view knew it.
    let asOf: Timestamp?
    private let wasKnown: Bool

    /// - Parameter record: as the view has it.
    init(_ id: RequestID, in namespace: Namespace?, _ record: StatusRecord?, asOf: Timestamp?) {
        self.id = id
        self.namespace = record?.namespace ?? namespace
        // Expected edges are shown, and never joined: no worker may ever tell of them.
        self.record = record.map { $0.isReported ? $0 : $0.expecting([]) }
        self.asOf = asOf
        wasKnown = record != nil
    }

    func isMeant(_ identity: RequestIdentity) -> Bool {
        identity.id == id && namespace.map { $0 == identity.namespace } ?? true
    }

    /// Takes in what the log says.
    ///
    /// - Returns: the edges that have changed; nil where nothing did.
    mutating func join(_ news: StatusRecord) -> [String]? {
        namespace = news.namespace
        let joined = record.map { StatusFold.join($0, news) } ?? news
        guard joined.differs(from: record) else { return nil }
        defer { record = joined }
        return joined.changedEdges(since: record)
    }

    /// Whether the record has all that was told of the request.
    var isWhole: Bool { wasKnown || record?.publication != nil }

    var hasEnded: Bool { isWhole && record?.status.isTerminal ?? false }
}
