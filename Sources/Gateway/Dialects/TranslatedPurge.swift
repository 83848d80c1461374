internal import HTTP
internal import Invalidations
internal import JSON

/// What a dialect's request means, in the members of `POST /invalidate`.
///
/// It goes through the same decoder as any other body, so that limits and URLs are judged in one way.
struct TranslatedPurge: Sendable {
    /// As given; the decoder judges it.
    var namespace: String
    var selectors: Selectors
    var mode = PurgeMode.hard

    init(namespace: String, _ selectors: Selectors, mode: PurgeMode = .hard) {
        self.namespace = namespace
        self.selectors = selectors
        self.mode = mode
    }

    /// The body of the same request to `POST /invalidate`.
    var body: [UInt8] {
        var writer = JSONWriter(capacity: 256 + selectors.byteCount)
        writer.beginObject()
        writer.member("namespace", namespace)
        writer.member("mode", mode.rawValue)
        InvalidationEncoder.encode(selectors, into: &writer)
        writer.endObject()
        return writer.bytes
    }
}

/// The namespace of requests whose dialect has no name for it.
enum DialectNamespace {
    static let field = "Cache-Sync-Namespace"

    /// - Parameter readsQuery: false where the query is part of a URL to be purged.
    static func read(_ request: HTTPRequest, readsQuery: Bool = true) -> String {
        request.headers.first(field) ?? (readsQuery ? request.parameter("namespace") : nil) ?? Namespace.default.name
    }
}
