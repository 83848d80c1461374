import Foundation
import JSON
import Replays
import Runtime

/// What the gateway's document says of one run.
struct RunReport: Decodable {
    let run: String
    let phase: RunState.Phase
    let kind: String?
    let who: String?
    let wanted: String?
    let reason: String?
    let orderedAt: String?
    /// Why the phase is what it is.
    let why: String?
    let read: Int64?
    let published: Int64?
    let superseded: Int64?
    let done: Int64?
    let quarantined: Int64?
    let lost: Int64?
    /// Requests that have become dead letters again.
    let deadLettersAgain: Int64?
    let order: RunOrder?
    let state: RunState?
    let plan: PlanReport?
    /// Those that have requests of a replay.
    let edges: [Edge]?

    /// How many requests of a replay stand in each state at one edge.
    struct Edge: Decodable {
        let edge: String
        let requests: [String: Int64]

        var line: String {
            let states = requests.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
            return "\(edge): \(states.joined(separator: ", "))"
        }
    }

    /// - Throws: `CommandError` for what no gateway of ours writes.
    static func decode(_ document: [UInt8]) throws -> RunReport {
        do {
            return try JSONDecoder().decode(RunReport.self, from: Data(document))
        } catch {
            throw CommandError(.unavailable, "what answered is no gateway of this version: \(error)")
        }
    }

    /// One line, as it changes.
    var line: String {
        var text = "\(phase.rawValue): \(read ?? 0) read, \(published ?? 0) published"
        let others = [
            (done, "done already"), (superseded, "superseded"), (quarantined, "quarantined"),
            (lost, "lost to retention"), (deadLettersAgain, "dead letters again"),
        ]
        for case (let count?, let words) in others where count > 0 { text += ", \(count) \(words)" }
        if let why { text += " (\(why))" }
        return text
    }
}
