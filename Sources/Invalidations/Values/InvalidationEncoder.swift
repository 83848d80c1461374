public import JSON

/// Writes invalidations as the JSON that travels on the invalidation topics.
public enum InvalidationEncoder {
    public static func encode(_ invalidation: Invalidation, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", invalidation.id.text)
        writer.member("namespace", invalidation.namespace.name)
        list("tags", invalidation.selectors.tags, into: &writer)
        list("urls", invalidation.selectors.urls, into: &writer)
        list("prefixes", invalidation.selectors.prefixes, into: &writer)
        if invalidation.selectors.everything { writer.member("everything", true) }
        writer.member("mode", invalidation.mode.rawValue)
        writer.member("priority", invalidation.priority.rawValue)
        writer.member("requestedAt", invalidation.requestedAt.text)
        if let expiresAt = invalidation.expiresAt { writer.member("expiresAt", expiresAt.text) }
        if let source = invalidation.source { writer.member("source", source) }
        if let cancels = invalidation.cancels { writer.member("cancels", cancels.text) }
        writer.endObject()
    }

    private static func list(_ name: StaticString, _ entries: [String], into writer: inout JSONWriter) {
        guard !entries.isEmpty else { return }
        writer.key(name)
        writer.beginArray()
        for entry in entries { writer.string(entry) }
        writer.endArray()
    }
}
