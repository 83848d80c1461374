internal import Invalidations

/// Outer caches are purged only after the inner ones, and their delay.
final class LayerChecker: Checker {
    let name = "layers"

    func see(_ sighting: Sighting, in world: World) {
        guard case .purge(let flight) = sighting else { return }
        let profile = world.scenario.edges[flight.edge].profile
        for item in flight.batch.items {
            guard let request = world.facts.owner(of: item),
                world.facts.selectors(of: request.invalidation!, edge: flight.edge) == item
            else { continue }
            for edge in request.targets where world.scenario.edges[edge].profile.layer < profile.layer {
                check(request, inner: edge, profile, flight, world)
            }
        }
    }

    private func check(
        _ request: RequestFacts, inner: Int, _ outer: EdgeProfile, _ flight: Flight, _ world: World
    ) {
        let part = Facts.part(inner, .first)
        guard
            world.facts.isSettled(request, part: part, wall: flight.worker.wall(world.now))
                || world.facts.mayBeDead(request, part: part)
        else {
            return violation(
                world,
                "\(flight.worker.name) sends \(request.name) to \(outer.name) before "
                    + "\(world.scenario.edges[inner].profile.name), which is an inner cache, has it")
        }
        // What was called off went on without its inner caches, where its owner knew of that.
        guard request.cancelStoredAt == nil, let since = request.parts[part].firstAcknowledgedAt,
            request.parts[part].failures == 0,
            world.now - since < outer.layerDelay.nanoseconds - 2 * .millisecond
        else { return }
        violation(world, "\(flight.worker.name) sends \(request.name) to \(outer.name) too soon after the inner cache")
    }
}
