internal import Invalidations
internal import JSON
internal import Views

/// The JSON by which namespaces are told: their requests, and their open dead letters.
struct NamespacesDocument {
    private struct Entry {
        let namespace: Namespace
        var counts: NamespaceCounts?
        var deadLetters: Int64 = 0
    }

    private var entries: [Entry]
    private var isComplete: Bool
    private let hasDeadLetters: Bool
    private let strict: [NamespacePattern]
    private let asOf: Timestamp?

    /// - Parameter deadLetters: open ones by namespace; nil for who may not see them.
    init(_ list: NamespaceList, _ deadLetters: DeadLetterGroups?, strict: [NamespacePattern]) {
        var open = Dictionary((deadLetters?.groups ?? []).map { ($0.name, $0.count) }) { first, _ in first }
        entries = list.namespaces.map { counts in
            Entry(
                namespace: counts.namespace, counts: counts,
                deadLetters: open.removeValue(forKey: counts.namespace.name) ?? 0)
        }
        // Nothing was published there lately, and something is still dead.
        for (name, count) in open.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            if let namespace = Namespace(name) { entries.append(Entry(namespace: namespace, deadLetters: count)) }
        }
        (isComplete, hasDeadLetters, asOf, self.strict) = (list.isComplete, deadLetters != nil, list.asOf, strict)
    }

    /// Keeps so many of those that the sender may see.
    mutating func keep(_ limit: Int, where isSeen: (Namespace) -> Bool) {
        let seen = entries.filter { isSeen($0.namespace) }
        entries = Array(seen.prefix(limit))
        isComplete = isComplete && seen.count == entries.count
    }

    /// - Parameter quota: of each namespace.
    func bytes(quota: Quota?) -> [UInt8] {
        var writer = JSONWriter(capacity: 160 * (entries.count + 1))
        writer.beginObject()
        writer.key("namespaces")
        writer.beginArray()
        for entry in entries {
            writer.beginObject()
            writer.member("namespace", entry.namespace.name)
            writer.member("published", entry.counts?.published ?? 0)
            writer.member("completed", entry.counts?.completed ?? 0)
            writer.member("failed", entry.counts?.failed ?? 0)
            if hasDeadLetters { writer.member("deadLetters", entry.deadLetters) }
            writer.member("strict", strict.contains { $0.matches(entry.namespace) })
            writer.endObject()
        }
        writer.endArray()
        writer.key("limit")
        if let quota {
            writer.beginObject()
            writer.member("requests", Int64(quota.amount))
            writer.member("seconds", Int64(quota.seconds))
            writer.endObject()
        } else {
            writer.null()
        }
        writer.member("complete", isComplete)
        StatusDocument.write(asOf: asOf, into: &writer)
        writer.endObject()
        return writer.bytes
    }
}
