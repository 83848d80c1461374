internal import Invalidations
internal import JSON

/// The JSON of live events.
enum EventDocument {
    /// Selectors that take more bytes are told as everything: who forgets more than needed is not stale.
    static let selectorsMax = 16_384

    static func invalidation(_ invalidation: Invalidation) -> [UInt8] {
        let selectors = invalidation.selectors
        let isWidened = selectors.byteCount + 8 * selectors.count > selectorsMax
        var writer = JSONWriter(capacity: 256 + min(selectors.byteCount, selectorsMax))
        writer.beginObject()
        writer.member("id", invalidation.id.text)
        writer.member("namespace", invalidation.namespace.name)
        if let cancels = invalidation.cancels {
            writer.member("cancels", cancels.text)
        } else {
            writer.key("selectors")
            writer.beginObject()
            InvalidationEncoder.encode(isWidened ? Selectors(everything: true) : selectors, into: &writer)
            writer.endObject()
            if isWidened { writer.member("isWidened", true) }
            writer.member("mode", invalidation.mode.rawValue)
        }
        writer.member("requestedAt", invalidation.requestedAt.text)
        if let source = invalidation.source { writer.member("source", source) }
        writer.endObject()
        return writer.bytes
    }

    /// - Parameters:
    ///   - edges: those whose state has changed.
    ///   - isWhole: whether the record has all that was told of the request; otherwise its status is not known.
    static func progress(_ record: StatusRecord, edges: [String], isWhole: Bool, at time: Timestamp) -> [UInt8] {
        var writer = JSONWriter(capacity: 256 + 64 * edges.count)
        writer.beginObject()
        writer.member("id", record.id.text)
        writer.member("namespace", record.namespace.name)
        if isWhole { writer.member("status", record.status.rawValue) }
        writer.key("edges")
        writer.beginArray()
        for edge in edges {
            guard let cell = record.cell(of: edge) else { continue }
            writer.beginObject()
            StatusDocument.write(cell, of: edge, into: &writer)
            if let failure = record.failures[edge], failure.isWaiting {
                writer.member("waits", failure.message)
            } else if let failure = record.failures[edge] {
                writer.member("class", failure.failureClass)
                writer.member("message", failure.message)
                writer.member("attempts", Int64(failure.attempts))
            }
            writer.endObject()
        }
        writer.endArray()
        if let failure = record.failure {
            writer.key("failure")
            writer.beginObject()
            writer.member("class", failure.failureClass)
            writer.member("message", failure.message)
            writer.endObject()
        }
        writer.member("at", time.text)
        writer.endObject()
        return writer.bytes
    }

    /// - Parameter reason: why the client is told this, for people.
    static func notice(_ reason: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("reason", reason)
        writer.endObject()
        return writer.bytes
    }
}
