internal import HTTP
internal import Invalidations
internal import JSON
internal import Runtime
internal import Views

/// Answers what is known of requests: from the view, and from what this gateway has just handed out.
final class StatusDesk: Sendable {
    /// What is known of one request.
    enum Finding {
        case record(StatusRecord)
        /// Handed out somewhere, so lately that no view knows more.
        case announced(RequestID)
        case unknown(RequestID)
        case unavailable(String)

        /// Nothing about it will change by waiting.
        var isFinal: Bool {
            switch self {
            case .record(let record): record.status.isTerminal
            case .announced: false
            case .unknown, .unavailable: true
            }
        }
    }

    private let readers: SharedSlots<ViewReader>
    private let recall: @Sendable (RequestID) -> StatusRecord?
    private let links: StatusLinks

    /// - Parameter recall: what this gateway itself knows of a request that it has handed out lately.
    init(
        viewPath: String, readers count: Int, links: StatusLinks,
        recall: @escaping @Sendable (RequestID) -> StatusRecord?
    ) {
        readers = SharedSlots(count: count) { ViewReader(path: viewPath) }
        self.recall = recall
        self.links = links
    }

    func find(_ id: RequestID) -> Finding {
        do {
            let lookup = try readers.use { try $0.lookup(id) }
            if case .found(let record) = lookup { return .record(record) }
            // Own ids come first: they answer with their edges, and do so whatever clocks say.
            if let record = recall(id) { return .record(record) }
            return lookup == .notYetSeen ? .announced(id) : .unknown(id)
        } catch {
            return recall(id).map { .record($0) } ?? .unavailable("\(error)")
        }
    }

    /// - Throws: `StorageError`
    func list(_ query: StatusQuery) throws -> StatusPage {
        try readers.use { try $0.list(query) }
    }

    /// - Throws: `StorageError`
    func version() throws -> ViewVersion {
        try readers.use { try $0.version() }
    }

    func response(to finding: Finding) -> HTTPResponse {
        switch finding {
        case .record(let record):
            var writer = JSONWriter(capacity: 512 + 64 * record.edges.count)
            StatusDocument.write(record, .edges, links: links, into: &writer)
            return Self.fresh(.json(200, writer.bytes))
        case .announced(let id):
            var writer = JSONWriter(capacity: 512)
            StatusDocument.write(announced: id, links: links, into: &writer)
            return Self.fresh(.json(200, writer.bytes))
        case .unknown(let id): return Problems.unknownRequest(id)
        case .unavailable(let reason): return Problems.viewUnavailable(reason)
        }
    }

    func response(to page: StatusPage) -> HTTPResponse {
        var writer = JSONWriter(capacity: 512 * (page.records.count + 1))
        writer.beginObject()
        writer.key("requests")
        writer.beginArray()
        for record in page.records { StatusDocument.write(record, .summary, links: links, into: &writer) }
        writer.endArray()
        writer.key("next")
        if let next = page.next { writer.string(next.text) } else { writer.null() }
        writer.endObject()
        return Self.fresh(.json(200, writer.bytes))
    }

    /// A status is true for a moment: no cache may keep it.
    private static func fresh(_ response: HTTPResponse) -> HTTPResponse {
        response.with("Cache-Control", "no-store")
    }
}
