internal import Invalidations

/// Restraint: an edge that says it was too much is left alone for a moment, whatever it says about how long.
final class ThrottleChecker: Checker {
    let name = "throttling"
    private static let pauseMin = 90 * SimulatedTime.millisecond

    private struct Site: Hashable {
        let worker: Int
        let edge: Int
    }

    private var throttledAt: [Site: SimulatedTime] = [:]

    func see(_ sighting: Sighting, in world: World) {
        switch sighting {
        case .answered(let flight):
            let isThrottled = flight.batch.items.indices.contains { place in
                guard case .failed(let failure) = flight.outcome[place] else { return false }
                return failure.failureClass == .throttled || failure.failureClass == .quota
            }
            if isThrottled { throttledAt[site(flight)] = world.now }
        case .purge(let flight):
            guard let time = throttledAt[site(flight)], world.now - time < Self.pauseMin else { return }
            violation(
                world,
                "\(flight.worker.name) asks \(world.scenario.edges[flight.edge].profile.name) again "
                    + "\(world.now - time) ns after it was too much")
        default: break
        }
    }

    private func site(_ flight: Flight) -> Site { Site(worker: flight.worker.number, edge: flight.edge) }
}
