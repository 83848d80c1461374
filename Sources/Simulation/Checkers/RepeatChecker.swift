internal import Invalidations

/// The second purge of an edge has an end, where the first one succeeded.
final class RepeatChecker: Checker {
    let name = "second purge"

    func see(_ observation: Observation, in world: World) {
        // Where requests are too old after minutes, a second purge may be too late, too.
        guard case .over = observation, !world.scenario.settings.retryTiers.isEmpty,
            world.scenario.settings.maximumAge == WorkerSettings().maximumAge
        else { return }
        for request in world.oracle.requests where isPromised(request) {
            for edge in request.targets where world.scenario.edges[edge].profile.repeatsAfter != nil {
                let part = request.parts[Oracle.part(edge, .first)]
                // Read again after a crash, it may have failed there for good.
                guard let first = part.state, first.isSuccess, first != .skipped, !part.isDeadLetterMade,
                    request.parts[Oracle.part(edge, .second)].state == nil
                else { continue }
                return violation(
                    world,
                    "\(request.name) is \(first.rawValue) at \(world.scenario.edges[edge].profile.name), "
                        + "which nobody purged a second time")
            }
        }
    }

    /// What expires, or is cancelled, between the two purges has no second one.
    private func isPromised(_ request: RequestOracle) -> Bool {
        !request.isExcused && request.cancelStoredAt == nil && request.invalidation?.expiresAt == nil
    }
}
