internal import Invalidations
internal import JSON
internal import Replays
internal import Views

/// Audit log: orders of runs, changes of API keys, and publications, the newest first.
struct AuditLog {
    /// How many runs are looked at.
    static let runsMax = 2_000
    /// How many pages of requests are looked at.
    static let pagesMax = 4
    static let publication = "publication"

    /// What somebody did.
    struct Entry {
        let at: Timestamp
        /// redrive, replay, discard, key, or publication.
        let kind: String
        /// What is wanted of the run now, or what became of the key or the request.
        let action: String
        /// Nil for a key: its file does not say who changed it.
        var who: String?
        var run: String?
        var request: RequestID?
        var key: APIKey?
        var reason = ""
        var namespaces: [String] = []
    }

    /// Where a list of orders goes on: how many of the entries of that time were on earlier pages.
    struct Cursor {
        let at: Timestamp
        let count: Int

        /// Nil for anything that `text` does not give.
        init?(_ text: String) {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, let time = Int64(parts[0]), let count = Int(parts[1]), time >= 0, count >= 0 else {
                return nil
            }
            (at, self.count) = (Timestamp(milliseconds: time), count)
        }

        init(from time: Timestamp) { (at, count) = (time, 0) }

        /// Behind the last of these.
        ///
        /// - Parameter entries: of all pages so far, the newest first.
        init?(after entries: ArraySlice<Entry>) {
            guard let last = entries.last else { return nil }
            (at, count) = (last.at, entries.reversed().prefix { $0.at == last.at }.count)
        }

        var text: String { "\(at.milliseconds).\(count)" }
    }

    private let entries: [Entry]
    /// Where the next page begins; nil where nothing is left.
    private let next: String?
    /// False where older entries are on a later page, or were not looked at.
    private let isComplete: Bool

    /// The newest orders, and changes of keys.
    ///
    /// - Parameters:
    ///   - runs: one more than `runsMax` where there are more.
    ///   - grant: of who asks. What is of other namespaces is left out.
    init(_ runs: [RunTable.Run], _ keys: [APIKey], _ question: AuditQuestion, after cursor: Cursor?, grant: Grant) {
        let orders = runs.prefix(Self.runsMax).compactMap { run -> Entry? in
            guard let order = run.order, grant.covers(order.spec.namespaces) else { return nil }
            return Entry(
                at: order.at.time, kind: order.kind.rawValue, action: order.wanted.rawValue, who: order.who,
                run: run.id,
                reason: order.reason, namespaces: order.spec.namespaces ?? [])
        }
        let changes = keys.filter { grant.covers($0.grant.namespaces?.map(\.description)) }.flatMap { key in
            let added = Entry(at: key.createdAt, kind: "key", action: "added", key: key)
            let revoked = key.revokedAt.map { Entry(at: $0, kind: "key", action: "revoked", key: key) }
            return [added] + (revoked.map { [$0] } ?? [])
        }
        let all = (orders + changes).filter(question.matches).sorted { $0.precedes($1) }
        var rest = all[...]
        if let cursor {
            rest = rest.drop { $0.at > cursor.at }
            let known = min(cursor.count, rest.prefix { $0.at == cursor.at }.count)
            rest = rest.dropFirst(known)
        }
        let page = rest.prefix(question.limit)
        next = page.count < rest.count ? Cursor(after: all[..<page.endIndex])?.text : nil
        isComplete = next == nil && runs.count <= Self.runsMax
        entries = Array(page)
    }

    /// Publications, of all publishers: as they stand in lists.
    ///
    /// - Parameter pages: the next page of publications behind that cursor, the newest first, with where it ends.
    init(
        after cursor: StatusCursor?, _ question: AuditQuestion, grant: Grant,
        pages: (StatusCursor?) throws -> (records: [StatusRecord], next: StatusCursor?)
    ) rethrows {
        let reader = PublicationDetailsReader()
        var entries: [Entry] = []
        var end = cursor
        pages: for _ in 0..<Self.pagesMax {
            let (records, behind) = try pages(end)
            for record in records {
                guard let entry = Entry(record, reader), grant.admits(record.namespace), question.matches(entry) else {
                    continue
                }
                entries.append(entry)
                guard entries.count < question.limit else {
                    end = StatusCursor(after: record)
                    break pages
                }
            }
            end = behind
            if behind == nil { break }
        }
        self.entries = entries
        next = end?.naming(grant.admits).text
        isComplete = end == nil
    }

    func bytes(asOf: Timestamp?) -> [UInt8] {
        var writer = JSONWriter(capacity: 256 * (entries.count + 1))
        writer.beginObject()
        writer.key("entries")
        writer.beginArray()
        for entry in entries { Self.write(entry, to: &writer) }
        writer.endArray()
        writer.key("next")
        if let next { writer.string(next) } else { writer.null() }
        writer.member("complete", isComplete)
        StatusDocument.write(asOf: asOf, into: &writer)
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ entry: Entry, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("at", entry.at.text)
        writer.member("kind", entry.kind)
        writer.member("action", entry.action)
        if let who = entry.who { writer.member("who", who) }
        if let run = entry.run { writer.member("run", run) }
        if let id = entry.request { writer.member("request", id.text) }
        if let key = entry.key {
            writer.member("key", key.id)
            writer.member("name", key.name)
        }
        if !entry.reason.isEmpty { writer.member("reason", entry.reason) }
        if !entry.namespaces.isEmpty { writer.member("namespaces", entry.namespaces) }
        writer.endObject()
    }
}

extension AuditLog.Entry {
    /// A publication; nil for a record of which only workers have told.
    fileprivate init?(_ record: StatusRecord, _ reader: PublicationDetailsReader) {
        guard let news = record.publication else { return nil }
        self.init(
            at: news.at, kind: AuditLog.publication, action: news.cancels == nil ? "published" : "called off",
            who: news.details.flatMap(reader.principal), request: record.id, reason: news.source ?? "",
            namespaces: [record.namespace.name])
    }

    /// The newer first; those of one time in an order that stays.
    fileprivate func precedes(_ other: Self) -> Bool {
        if at != other.at { return at > other.at }
        let (own, others) = ([run ?? "", key?.id ?? "", action], [other.run ?? "", other.key?.id ?? "", other.action])
        return others.lexicographicallyPrecedes(own)
    }
}
