internal import Foundation
internal import HTTP
internal import Invalidations
internal import JSON
internal import Replays
internal import Views

/// The JSON by which runs are told.
enum RunDocument {
    /// A run that nobody has looked at yet waits to be planned, whatever is wanted of it then.
    static func phase(of run: RunTable.Run) -> RunState.Phase {
        guard run.state == nil else { return run.phase }
        switch run.order?.wanted {
        case .planned, .running, nil: return .planning
        case .paused: return .paused
        case .cancelled: return .cancelled
        }
    }

    static func response(_ status: Int, to known: RunReader.KnownRun, asOf: Timestamp?) -> HTTPResponse {
        let run = known.run
        var writer = JSONWriter(capacity: 4_096)
        writer.beginObject()
        write(run, to: &writer)
        writer.member("known", known.isInView)
        writer.member("deadLettersAgain", known.deadLetters)
        write(known.edges, to: &writer)
        if let order = run.order { write("order", order, to: &writer) }
        if var state = run.state {
            if let plan = state.plan { write("plan", plan, to: &writer) }
            state.plan = nil
            write("state", state, to: &writer)
        }
        StatusDocument.write(asOf: asOf, into: &writer)
        writer.endObject()
        return fresh(.json(status, writer.bytes))
    }

    static func response(
        to finding: RunReader.Finding, _ id: String, asOf: Timestamp?, links: StatusLinks
    ) -> HTTPResponse {
        switch finding {
        case .run(let known): return response(200, to: known, asOf: asOf)
        case .unknown: return Problems.unknownRun(id)
        case .unavailable(let reason): return Problems.viewUnavailable(reason)
        case .announced:
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("run", id)
            writer.member("phase", RunState.Phase.planning.rawValue)
            writer.member("known", false)
            StatusDocument.write(asOf: asOf, into: &writer)
            writer.endObject()
            return fresh(.json(200, writer.bytes))
        }
    }

    /// - Parameter runs: one more than `limit` where there are more.
    static func list(_ runs: [RunTable.Run], limit: Int, asOf: Timestamp?) -> HTTPResponse {
        var writer = JSONWriter(capacity: 512 * (runs.count + 1))
        writer.beginObject()
        writer.key("runs")
        writer.beginArray()
        for run in runs.prefix(limit) {
            writer.beginObject()
            write(run, to: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.key("next")
        if runs.count > limit { writer.string(runs[limit - 1].id) } else { writer.null() }
        StatusDocument.write(asOf: asOf, into: &writer)
        writer.endObject()
        return fresh(.json(200, writer.bytes))
    }

    /// The members that lists have, too.
    private static func write(_ run: RunTable.Run, to writer: inout JSONWriter) {
        writer.member("run", run.id)
        writer.member("phase", phase(of: run).rawValue)
        if let order = run.order {
            writer.member("kind", order.kind.rawValue)
            writer.member("wanted", order.wanted.rawValue)
            writer.member("version", Int64(order.version))
            writer.member("who", order.who)
            writer.member("reason", order.reason)
            writer.member("orderedAt", order.at.time.text)
        }
        guard let state = run.state else { return }
        let counts = state.counts
        writer.member("read", counts.read)
        writer.member("matched", counts.matched)
        writer.member("published", counts.published)
        writer.member("superseded", counts.superseded)
        writer.member("done", counts.done)
        writer.member("expired", counts.expired)
        writer.member("quarantined", counts.quarantined)
        writer.member("lost", counts.lost)
        writer.member("epoch", Int64(state.epoch))
        writer.member("at", state.at.time.text)
        if let reason = state.reason { writer.member("why", reason) }
    }

    /// How many requests of the run stand in which state at which edge.
    private static func write(_ edges: [RunEdge], to writer: inout JSONWriter) {
        writer.key("edges")
        writer.beginArray()
        for edge in edges {
            writer.beginObject()
            writer.member("edge", edge.edge)
            writer.key("requests")
            writer.beginObject()
            for (state, requests) in edge.states.sorted(by: { $0.key < $1.key }) {
                writer.key(state.rawValue)
                writer.integer(requests)
            }
            writer.endObject()
            writer.endObject()
        }
        writer.endArray()
    }

    private static func write(_ name: StaticString, _ value: some Encodable, to writer: inout JSONWriter) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        writer.key(name)
        if let bytes = try? encoder.encode(value) { writer.raw(bytes) } else { writer.null() }
    }

    private static func fresh(_ response: HTTPResponse) -> HTTPResponse {
        response.with("Cache-Control", "no-store")
    }
}
