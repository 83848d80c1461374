package import Invalidations
package import Replays

/// Start of a run: whether it is planned first, and whether what the plan found is what its caller has seen.
package enum RunStart {
    /// A plan that is older tells nothing of what would be done now.
    private static let planAgeMax: Int64 = 3_600_000

    package static func needsPlan(_ run: RunTable.Run, now: Timestamp) -> Bool {
        guard let order = run.order, !hasBegun(run) else { return false }
        let plan = run.state?.plan
        switch order.wanted {
        case .planned: return plan == nil
        case .running:
            guard order.expect != nil else { return false }
            return plan.map { now.milliseconds - $0.at.time.milliseconds > planAgeMax } ?? true
        case .paused, .cancelled: return false
        }
    }

    /// Why the run must not begin; nil where it may.
    package static func refusal(of run: RunTable.Run) -> String? {
        guard !hasBegun(run), let expected = run.order?.expect, let found = run.state?.plan?.counts.published,
            expected != found
        else { return nil }
        return "\(found) records match, not \(expected): look again, and send the new count along"
    }

    private static func hasBegun(_ run: RunTable.Run) -> Bool { !(run.state?.position.isEmpty ?? true) }
}
