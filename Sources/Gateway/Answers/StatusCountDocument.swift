internal import HTTP
internal import Invalidations
internal import JSON
internal import Views

/// The JSON by which numbers of requests are told.
enum StatusCountDocument {
    static func response(to page: MinutePage) -> HTTPResponse {
        var writer = JSONWriter(capacity: 128 * (page.minutes.count + 1))
        writer.beginObject()
        writer.key("minutes")
        writer.beginArray()
        for counts in page.minutes {
            writer.beginObject()
            writer.key("minute")
            writer.plainString(counts.minute.utf8)
            writer.member("published", counts.published)
            writer.member("completed", counts.completed)
            writer.member("failed", counts.failed)
            writer.endObject()
        }
        writer.endArray()
        StatusDocument.write(asOf: page.asOf, into: &writer)
        writer.endObject()
        return .json(200, writer.bytes)
    }

    static func response(to found: FailingEdges) -> HTTPResponse {
        var writer = JSONWriter(capacity: 512 * (found.edges.count + 1))
        writer.beginObject()
        writer.key("edges")
        writer.beginArray()
        for edge in found.edges { write(edge, into: &writer) }
        writer.endArray()
        writer.member("complete", found.isComplete)
        StatusDocument.write(asOf: found.asOf, into: &writer)
        writer.endObject()
        return .json(200, writer.bytes)
    }

    private static func write(_ edge: FailingEdge, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("edge", edge.edge)
        writer.member("dead", edge.dead)
        writer.member("deferred", edge.deferred)
        writer.key("last")
        writer.beginObject()
        writer.member("id", edge.last.request.id.text)
        writer.member("namespace", edge.last.request.namespace.name)
        writer.member("class", edge.last.failure.failureClass)
        writer.member("message", edge.last.failure.message)
        writer.key("at")
        writer.plainString(edge.last.at.utf8)
        writer.endObject()
        writer.endObject()
    }
}
