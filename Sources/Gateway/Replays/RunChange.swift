internal import JSON
internal import Replays

/// Body of a request that changes a run.
struct RunChange: Sendable {
    /// What a run may be told to become; planned is where it begins.
    private enum State: String, CaseIterable {
        case running, paused, cancelled
    }

    /// Nil leaves the state as it is.
    private(set) var wanted: RunOrder.Wanted?
    private(set) var rate: Double?
    private(set) var expect: Int64?
    private(set) var reason = ""

    /// - Throws: `BodyError`
    init(_ root: JSONValue) throws {
        try BodyMember.forEach(of: root, known: ["state", "rate", "expect", "reason"]) { member in
            switch member.name {
            case "state": wanted = RunOrder.Wanted(rawValue: try member.choice(State.self).rawValue)
            case "rate": rate = try member.rate()
            case "expect": expect = try member.count(from: 0)
            default: reason = try member.reason()
            }
        }
        guard wanted != nil || rate != nil else { throw BodyError("state", "or rate must be given") }
    }
}
