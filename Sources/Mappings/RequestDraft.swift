internal import Invalidations
internal import JSON

/// Members of a request whose texts nobody has judged yet.
struct RequestDraft {
    var id: RequestID
    var namespace: String
    var selectors: Selectors
    var mode = PurgeMode.hard
    var priority = Priority.normal
    var requestedAt: Timestamp
    var source: String?

    /// Reads it as workers read it from the topic, so that limits and URLs are judged in one way.
    func invalidation(now: Timestamp, _ decoder: InvalidationDecoder) throws -> Invalidation {
        try json.withUnsafeBytes { try decoder.decode(record: $0, time: requestedAt, arrival: now) }
    }

    private var json: [UInt8] {
        var writer = JSONWriter(capacity: 256 + selectors.byteCount)
        writer.beginObject()
        writer.member("id", id.text)
        writer.member("namespace", namespace)
        InvalidationEncoder.encode(selectors, into: &writer)
        writer.member("mode", mode.rawValue)
        writer.member("priority", priority.rawValue)
        writer.member("requestedAt", requestedAt.text)
        if let source { writer.member("source", source) }
        writer.endObject()
        return writer.bytes
    }
}
