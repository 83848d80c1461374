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

    private var entries: [Entry]
    /// False where older runs were not looked at.
    private let isComplete: Bool

    private init(_ entries: [Entry], isComplete: Bool) {
        (self.entries, self.isComplete) = (entries, isComplete)
    }

    /// - Parameters:
    ///   - runs: one more than `runsMax` where there are more.
    ///   - grant: of who asks. What is of other namespaces is left out.
    init(_ runs: [RunTable.Run], _ keys: [APIKey], grant: Grant) {
        isComplete = runs.count <= Self.runsMax
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
        entries = (orders + changes).sorted { $0.at > $1.at }
    }

    /// The newest publications, of all publishers.
    ///
    /// - Parameters:
    ///   - records: newest first.
    ///   - isComplete: false where there are older ones.
    static func publications(_ records: [StatusRecord], isComplete: Bool, grant: Grant) -> AuditLog {
        let reader = PublicationDetailsReader()
        let entries = records.compactMap { record -> Entry? in
            guard let news = record.publication, grant.admits(record.namespace) else { return nil }
            return Entry(
                at: news.at, kind: publication,
                action: news.cancels == nil ? "published" : "called off",
                who: news.details.flatMap(reader.principal), request: record.id, reason: news.source ?? "",
                namespaces: [record.namespace.name])
        }
        return AuditLog(entries.sorted { $0.at > $1.at }, isComplete: isComplete)
    }

    mutating func keep(where isWanted: (Entry) -> Bool) { entries.removeAll { !isWanted($0) } }

    func bytes(limit: Int, asOf: Timestamp?) -> [UInt8] {
        var writer = JSONWriter(capacity: 256 * (min(limit, entries.count) + 1))
        writer.beginObject()
        writer.key("entries")
        writer.beginArray()
        for entry in entries.prefix(limit) { Self.write(entry, to: &writer) }
        writer.endArray()
        writer.member("complete", isComplete && entries.count <= limit)
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
