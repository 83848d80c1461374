import Foundation
import Invalidations
import JSON
import Runtime
import Views

/// What the gateway's status document says of one request.
struct RequestState {
    var id = ""
    var namespace = ""
    var status = ""
    var total = 0
    var completed = 0
    var errors: [String] = []
    var edges: [(name: String, state: String)] = []
    /// A line for each try before the present one, the latest first.
    var earlier: [String] = []
    /// No purge starts before.
    var notBefore: Timestamp?
    /// The time whose progress is all told.
    var asOf: Timestamp?
    /// The edges that have done what was asked.
    private var doneEdges: Set<String> = []
    let document: [UInt8]

    var isTerminal: Bool { status == "completed" || status == "failed" }

    init(_ document: [UInt8]) throws {
        self.document = document
        do {
            try JSONParser(bytesMax: 4 << 20).parse(document) { try read($0) }
        } catch {
            throw CommandError(.unavailable, "what answered is no gateway: \(error)")
        }
    }

    private mutating func read(_ root: JSONValue) throws {
        guard let id = root["id"]?.string, let status = root["status"]?.string else {
            throw JSONError(message: "the answer has no id and status")
        }
        self.id = id
        self.status = status
        namespace = root["namespace"]?.string ?? ""
        total = Int(root["totalEdges"]?.int64 ?? 0)
        completed = Int(root["completedEdges"]?.int64 ?? 0)
        notBefore = root["notBefore"]?.string.flatMap { Timestamp($0) }
        asOf = root["asOf"]?.string.flatMap { Timestamp($0) }
        root["errors"]?.forEachElement { error in
            let message = error["message"]?.string ?? "unknown"
            errors.append(error["edge"]?.string.map { "\($0): \(message)" } ?? message)
        }
        root["edges"]?.forEachElement { edge in
            let name = edge["edge"]?.string ?? ""
            edges.append((name, Self.words(edge)))
            if Self.isDone(edge) { doneEdges.insert(name) }
        }
        root["earlier"]?.forEachElement { earlier.append(Self.line(ofEarlier: $0)) }
        if let others = root["alsoIn"], others.count > 0 {
            errors.append("\(others.count) other namespaces have a request of this id, too")
        }
    }

    /// Takes in what an event says has changed; the document stays what it was.
    mutating func join(_ event: [UInt8]) throws {
        do {
            try JSONParser(bytesMax: 4 << 20).parse(event) { root in
                if let status = root["status"]?.string { self.status = status }
                root["edges"]?.forEachElement { edge in
                    let name = edge["edge"]?.string ?? ""
                    if let index = edges.firstIndex(where: { $0.name == name }) {
                        edges[index].state = Self.words(edge)
                    } else if edges.count < Limits.edges {
                        edges.append((name, Self.words(edge)))
                    }
                    if Self.isDone(edge) { doneEdges.insert(name) } else { doneEdges.remove(name) }
                }
            }
        } catch {
            throw CommandError(.unavailable, "what the stream told is no event of a gateway: \(error)")
        }
        (total, completed) = (max(total, edges.count), doneEdges.count)
    }

    private static func isDone(_ edge: JSONValue) -> Bool {
        edge["state"]?.string.flatMap { EdgeState(rawValue: $0) }?.isSuccess ?? false
    }

    /// What became of an edge, with the objects that it says it purged: `purged 3`, `absent`, `skipped`. A deferred one
    /// has what it waits for.
    private static func words(_ edge: JSONValue) -> String {
        let outcome = edge["outcome"]?.string ?? edge["state"]?.string ?? ""
        if let waits = edge["waits"]?.string { return "\(outcome), \(waits)" }
        guard let objects = edge["objects"]?.int64, objects > 0 else { return outcome }
        return "\(outcome) \(objects)"
    }

    /// One edge, or the whole request, in a generation that was redriven since.
    private static func line(ofEarlier one: JSONValue) -> String {
        var line = "generation \(one["generation"]?.int64 ?? 0): \(one["edge"]?.string ?? "the request")"
        line += " \(one["state"]?.string ?? "")"
        guard let message = one["message"]?.string else { return line }
        return line + " \(one["class"]?.string ?? ""): \(message)"
    }

    /// Older statuses are told to be old.
    private static let ageMax = Duration.seconds(15)

    /// One line, as it changes.
    var line: String {
        let states = edges.map { "\($0.name) \($0.state)" }.joined(separator: ", ")
        return "\(id) \(status) \(completed)/\(total)" + (states.isEmpty ? "" : "  (\(states))")
    }

    /// For a result.
    var text: String {
        var lines = [
            "\(id)  \(status)  \(completed) of \(total) edges" + (namespace.isEmpty ? "" : "  namespace \(namespace)")
        ]
        let width = edges.map(\.name.count).max() ?? 0
        for edge in edges {
            lines.append("  \(edge.name.padding(toLength: width, withPad: " ", startingAt: 0))  \(edge.state)")
        }
        lines += earlier.map { "  \($0)" }
        for error in errors { lines.append("  error: \(error)") }
        if let notBefore, !isTerminal { lines.append("  not before \(notBefore)") }
        if let asOf, ViewAge.problem(asOf: asOf, now: .now(), max: Self.ageMax) != nil {
            lines.append("  as of \(asOf): the projector is behind, and more may have happened since")
        }
        return lines.joined(separator: "\n")
    }
}
