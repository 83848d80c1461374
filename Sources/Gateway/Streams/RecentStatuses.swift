internal import Invalidations

/// What the tail has read of the latest requests, to tell what each snapshot changes.
struct RecentStatuses {
    /// What a snapshot has changed.
    struct Change {
        let record: StatusRecord
        let edges: [String]
        /// Whether the record has all that was told of the request.
        let isWhole: Bool
    }

    private static let capacity = 8_192

    /// Requests that were published before may have been told of before, too, where it was not read.
    var readsAllSince: Timestamp
    private var records = BoundedTable<RequestIdentity, StatusRecord>(capacity: capacity)
    /// Whose request was heard of last under an id.
    private var namespaces = BoundedTable<RequestID, Namespace>(capacity: capacity)

    init(readsAllSince: Timestamp) {
        self.readsAllSince = readsAllSince
    }

    /// - Parameter namespace: whose request is meant; nil for any.
    func record(of id: RequestID, in namespace: Namespace?) -> StatusRecord? {
        (namespace ?? namespaces[id]).flatMap { records[RequestIdentity(id: id, namespace: $0)] }
    }

    /// Takes in what a publication or a snapshot says.
    ///
    /// - Returns: nil where that was known.
    @discardableResult
    mutating func add(_ news: StatusRecord) -> Change? {
        let earlier = records[news.identity]
        let record = earlier.map { StatusFold.join($0, news) } ?? news
        records.insert(news.identity, record)
        if earlier == nil { namespaces.insert(news.id, news.namespace) }
        guard record.differs(from: earlier) else { return nil }
        let isWhole = record.publication.map { $0.at >= readsAllSince } ?? false
        return Change(record: record, edges: record.changedEdges(since: earlier), isWhole: isWhole)
    }
}

extension StatusRecord {
    /// Whether a client that knows the other would learn something.
    func differs(from earlier: StatusRecord?) -> Bool {
        guard let earlier else { return true }
        return cells != earlier.cells || edges != earlier.edges || failures != earlier.failures
            || wholeFailure != earlier.wholeFailure || isReported != earlier.isReported
    }

    /// The edges whose state or failure is another than before.
    func changedEdges(since earlier: StatusRecord?) -> [String] {
        guard let earlier else { return edges }
        return zip(edges, cells).filter { edge, cell in
            earlier.cell(of: edge) != cell || earlier.failures[edge] != failures[edge]
        }.map { $0.0 }
    }
}
