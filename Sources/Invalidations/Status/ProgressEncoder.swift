public import JSON

/// Writes progress as the JSON that travels on the progress topic.
public enum ProgressEncoder {
    /// - Precondition: no more than `Limits.edges` edges.
    public static func encode(_ progress: Progress, into writer: inout JSONWriter) {
        precondition(progress.edges.count <= Limits.edges, "\(progress.edges.count) edges in one progress")
        writer.beginObject()
        writer.member("id", progress.id.text)
        writer.member("namespace", progress.namespace.name)
        writer.member("generation", Int64(progress.generation))
        if let run = progress.run { writer.member("run", run) }
        writer.key("requestedAt")
        writer.plainString(progress.requestedAt.utf8)
        writer.key("at")
        writer.plainString(progress.at.utf8)
        writer.member("source", progress.source)
        if let origin = progress.origin { encode(origin, into: &writer) }
        encodeEdges(progress.edges, into: &writer)
        if progress.edges.contains(where: { $0.failure != nil }) {
            encodeFailures(progress.edges, into: &writer)
        }
        if progress.edges.contains(where: { $0.objects != nil }) { encodeObjects(progress.edges, into: &writer) }
        if let failure = progress.failure { encode(failure, into: &writer) }
        writer.endObject()
    }

    private static func encode(_ origin: Progress.Origin, into writer: inout JSONWriter) {
        writer.key("origin")
        writer.beginObject()
        writer.member("topic", origin.topic)
        writer.member("partition", Int64(origin.partition))
        writer.member("offset", origin.offset)
        writer.endObject()
    }

    private static func encode(_ failure: RequestFailure, into writer: inout JSONWriter) {
        writer.key("failure")
        writer.beginObject()
        writer.member("class", failure.failureClass)
        writer.member("message", failure.message)
        writer.endObject()
    }

    private static func encodeObjects(_ edges: [Progress.Edge], into writer: inout JSONWriter) {
        writer.key("objects")
        writer.beginObject()
        for edge in edges {
            guard let objects = edge.objects else { continue }
            writer.key(edge.name)
            writer.integer(Int64(objects))
        }
        writer.endObject()
    }

    /// Names by state: most edges share one, so this is shorter than a state for each name.
    private static func encodeEdges(_ edges: [Progress.Edge], into writer: inout JSONWriter) {
        writer.key("edges")
        writer.beginObject()
        let present = edges.reduce(UInt16(0)) { $0 | 1 << $1.state.rank }
        for state in EdgeState.inOrder where present & 1 << state.rank != 0 {
            writer.key(state.rawValue)
            writer.beginArray()
            for edge in edges where edge.state == state { writer.string(edge.name) }
            writer.endArray()
        }
        writer.endObject()
    }

    private static func encodeFailures(_ edges: [Progress.Edge], into writer: inout JSONWriter) {
        writer.key("failures")
        writer.beginArray()
        for edge in edges {
            guard let failure = edge.failure else { continue }
            writer.beginObject()
            writer.member("edge", edge.name)
            writer.member("class", failure.failureClass)
            writer.member("message", failure.message)
            writer.member("attempts", Int64(failure.attempts))
            writer.endObject()
        }
        writer.endArray()
    }
}
