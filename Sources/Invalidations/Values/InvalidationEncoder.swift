public import JSON

/// Writes invalidations as the JSON that travels on the invalidation topics.
public enum InvalidationEncoder {
    public static func encode(_ invalidation: Invalidation, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", invalidation.id.text)
        writer.member("namespace", invalidation.namespace.name)
        encode(invalidation.selectors, into: &writer)
        writer.member("mode", invalidation.mode.rawValue)
        writer.member("priority", invalidation.priority.rawValue)
        writer.member("requestedAt", invalidation.requestedAt.text)
        if let notBefore = invalidation.notBefore { writer.member("notBefore", notBefore.text) }
        if let expiresAt = invalidation.expiresAt { writer.member("expiresAt", expiresAt.text) }
        if let source = invalidation.source { writer.member("source", source) }
        if let cancels = invalidation.cancels { writer.member("cancels", cancels.text) }
        writer.endObject()
    }

    /// The members that name what is stale, those alone that name something.
    public static func encode(_ selectors: Selectors, into writer: inout JSONWriter) {
        if !selectors.tags.isEmpty { writer.member("tags", selectors.tags) }
        if !selectors.urls.isEmpty { writer.member("urls", selectors.urls) }
        if !selectors.prefixes.isEmpty { writer.member("prefixes", selectors.prefixes) }
        if selectors.everything { writer.member("everything", true) }
    }
}
