internal import HTTP
internal import Invalidations
internal import Views

/// What somebody asks of the audit log.
struct AuditQuestion {
    static let kinds = ["replay", "redrive", "discard", "key", AuditLog.publication]
    static let limitMax = 1_000
    static let whoMax = 100
    private static let limitDefault = 100

    let since: Timestamp?
    /// Part of a name.
    let who: String?
    /// Nil for all but publications.
    let kind: String?
    let limit: Int
    private let cursor: String?

    init(_ request: HTTPRequest) throws(ParameterError) {
        limit = try LimitParameter.read(request, max: Self.limitMax) ?? Self.limitDefault
        since = try StatusParameters.time(request, "since")
        who = request.parameter("who")
        kind = request.parameter("kind")
        cursor = request.parameter("cursor")
        guard who.map({ (1...Self.whoMax).contains($0.count) }) ?? true else {
            throw ParameterError("who", "a part of a name, 1 to \(Self.whoMax) characters")
        }
        guard kind.map({ Self.kinds.contains($0) }) ?? true else {
            throw ParameterError("kind", "one of \(Self.kinds.joined(separator: ", "))")
        }
        guard cursor == nil || orderCursor != nil else {
            throw ParameterError("cursor", "the \"next\" of an earlier page")
        }
    }

    var isOfPublications: Bool { kind == AuditLog.publication }

    /// Where a list of publications goes on; nil for its beginning. Of a page of orders the time counts.
    var publicationCursor: StatusCursor? {
        cursor.flatMap { StatusCursor($0) ?? AuditLog.Cursor($0).map { StatusCursor(before: $0.at) } }
    }

    /// Where a list of orders goes on; nil for its beginning. Of a page of publications the time counts.
    var orderCursor: AuditLog.Cursor? {
        cursor.flatMap { AuditLog.Cursor($0) ?? StatusCursor($0).map { AuditLog.Cursor(from: $0.listedAt) } }
    }

    func matches(_ entry: AuditLog.Entry) -> Bool {
        kind.map { $0 == entry.kind } ?? true && since.map { $0 <= entry.at } ?? true
            && who.map { entry.who?.contains($0) ?? false } ?? true
    }
}
