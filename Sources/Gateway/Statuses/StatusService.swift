internal import HTTP
internal import Invalidations
internal import JSON
internal import Runtime
internal import Synchronization
internal import Views

/// Answers what is known of requests: from the view, and from what this gateway has just handed out.
final class StatusService: Sendable {
    /// What is known of one request.
    enum Finding {
        /// - Parameter alsoIn: other namespaces that have a request of the same id.
        case record(StatusRecord, alsoIn: [Namespace] = [], asOf: Timestamp? = nil)
        /// Handed out or published somewhere, so lately that no view knows more.
        case announced(RequestID, asOf: Timestamp? = nil)
        case unknown(RequestID)
        case unavailable(String)

        /// Nothing about it will change by waiting.
        var isFinal: Bool {
            switch self {
            case .record(let record, _, _): record.status.isTerminal
            case .announced: false
            case .unknown, .unavailable: true
            }
        }
    }

    /// A request whose end somebody waits for.
    struct AwaitedRequest {
        let id: RequestID
        /// Whose request is meant; nil for the first that was heard of.
        let namespace: Namespace?
        /// Of who waits.
        let grant: Grant
    }

    private let readers: SharedSlots<ViewReader>
    private let recent: RecentRequests
    private let targets: TargetEdges
    private let links: StatusLinks
    private let told = ToldStatuses()
    /// When ids that hold no time were asked for first: what was published before that is waited for.
    private let askedAt = Mutex(BoundedTable<RequestID, Timestamp>(capacity: 4_096))

    /// - Parameters:
    ///   - targets: the edges of requests that no worker has told of.
    ///   - recent: what this gateway itself has published lately.
    init(readers: SharedSlots<ViewReader>, links: StatusLinks, targets: TargetEdges, recent: RecentRequests) {
        self.readers = readers
        self.recent = recent
        self.targets = targets
        self.links = links
    }

    /// - Parameters:
    ///   - namespace: whose request is meant; nil for the first that was heard of.
    ///   - grant: of who asks: a request of another namespace is as if there were none.
    ///   - isPatient: whether an id that holds no time counts as handed out until all is folded that was published
    ///     before it was asked for; otherwise it is unknown unless the view has it.
    func find(
        _ id: RequestID, in namespace: Namespace? = nil, grant: Grant = .unlimited, isPatient: Bool = true
    ) -> Finding {
        do {
            let firstAskedAt = isPatient && id.time == nil ? firstAsked(id) : nil
            let answer = try readers.use { view in
                try view.answer(id, in: namespace, firstAskedAt: firstAskedAt) { grant.admits($0) }
            }
            if case .found(let record, let others) = answer.lookup {
                // While the view is away later, no answer may say less than this one.
                recent.forget(record.identity)
                return .record(told.completed(record, by: targets), alsoIn: others, asOf: answer.asOf)
            }
            // Own ids come first: they answer with their edges, and do so whatever clocks say.
            if let record = findRecent(id, in: namespace, grant) { return .record(record, asOf: answer.asOf) }
            return answer.lookup == .notYetSeen ? .announced(id, asOf: answer.asOf) : .unknown(id)
        } catch {
            return findRecent(id, in: namespace, grant).map { .record($0) } ?? .unavailable("\(error)")
        }
    }

    /// What the view says of all these ids, in one question.
    ///
    /// - Throws: `StorageError`
    func overview(of ids: Set<RequestID>) throws -> StatusOverview {
        let ids = Array(ids)
        return try readers.use { try $0.overview(of: ids) }
    }

    /// Whether `find` may have something final to say.
    func mayBeFinal(_ request: AwaitedRequest, _ overview: StatusOverview) -> Bool {
        let firstAskedAt = request.id.time == nil ? firstAsked(request.id) : nil
        return overview.mayBeFinal(request.id, in: request.namespace, firstAskedAt: firstAskedAt) {
            request.grant.admits($0)
        }
    }

    private func findRecent(_ id: RequestID, in namespace: Namespace?, _ grant: Grant) -> StatusRecord? {
        recent.find(id, in: namespace).flatMap { grant.admits($0.namespace) ? targets.complete($0) : nil }
    }

    /// The latest request of the namespace that was published with that idempotency key, as far as the view knows.
    func find(key: String, in namespace: Namespace) -> StatusRecord? {
        try? readers.use { try $0.find(key: key, in: namespace) }
    }

    private func firstAsked(_ id: RequestID) -> Timestamp {
        askedAt.withLock { table in
            if let time = table[id] { return time }
            let now = Timestamp.now()
            table.insert(id, now)
            return now
        }
    }

    /// - Throws: `StorageError`
    func list(_ query: StatusQuery) throws -> StatusPage {
        try readers.use { try $0.list(query) { targets.complete($0) } }
    }

    /// - Throws: `StorageError`
    func minutes(_ query: MinuteQuery) throws -> MinutePage {
        try readers.use { try $0.minutes(query) }
    }

    /// - Throws: `StorageError`
    func failingEdges(_ query: FailingEdgesQuery) throws -> FailingEdges {
        try readers.use { try $0.failingEdges(query) }
    }

    /// - Throws: `StorageError`
    func version() throws -> ViewVersion {
        try readers.use { try $0.version() }
    }

    /// The time whose progress the view has all folded in; nil if there was none yet.
    ///
    /// - Throws: `StorageError`
    func watermark() throws -> Timestamp? {
        try readers.use { try $0.watermark() }
    }

    func response(to finding: Finding) -> HTTPResponse {
        switch finding {
        case .record(let record, let others, let asOf):
            let answer = told.answer(record, alsoIn: others, asOf: asOf) {
                var writer = JSONWriter(capacity: 1_024 + 64 * record.edges.count)
                StatusDocument.write(record, .edges(asOf: asOf, alsoIn: others), links: links, into: &writer)
                return writer.bytes
            }
            return Self.fresh(answer)
        case .announced(let id, let asOf):
            var writer = JSONWriter(capacity: 512)
            StatusDocument.write(announced: id, asOf: asOf, links: links, into: &writer)
            return Self.fresh(.json(200, writer.bytes))
        case .unknown(let id):
            return Problems.unknownRequest(id)
        case .unavailable(let reason): return Problems.viewUnavailable(reason)
        }
    }

    func response(to page: StatusPage) -> HTTPResponse {
        var writer = JSONWriter(capacity: 512 * (page.records.count + 1))
        writer.beginObject()
        writer.key("requests")
        writer.beginArray()
        for record in page.records {
            StatusDocument.write(targets.complete(record), .summary, links: links, into: &writer)
        }
        writer.endArray()
        writer.key("next")
        if let next = page.next { writer.string(next.text) } else { writer.null() }
        StatusDocument.write(asOf: page.asOf, into: &writer)
        writer.endObject()
        return Self.fresh(.json(200, writer.bytes))
    }

    /// A status is true for a moment: no cache may keep it.
    private static func fresh(_ response: HTTPResponse) -> HTTPResponse {
        response.with("Cache-Control", "no-store")
    }
}
