internal import Invalidations

/// Isolation: an edge that refuses some requests and takes all others does not count as down.
final class RefusalChecker: Checker {
    let name = "refusals"

    func see(_ observation: Observation, in world: World) {
        guard case .alert(let worker, let alert) = observation else { return }
        switch alert {
        case .edgeRefuses(let edge, _), .edgeDown(let edge, _):
            let plan = world.scenario.edges[edge]
            guard plan.faultWindows.isEmpty, !plan.mayRefuseEverything else { return }
            violation(
                world,
                "\(worker.name) takes \(plan.profile.name) for down, which only refuses some requests")
        case .edgeUp, .edgeRefusesKinds, .deadLetterFlood: break
        }
    }
}
