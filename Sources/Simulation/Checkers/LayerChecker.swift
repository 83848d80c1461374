internal import Basics
internal import Invalidations

/// Outer caches are purged only after the inner ones, and their delay.
final class LayerChecker: Checker {
    let name = "layers"

    func see(_ observation: Observation, in world: World) {
        guard case .purge(let sentBatch) = observation else { return }
        let profile = world.scenario.edges[sentBatch.edge].profile
        for item in sentBatch.batch.items {
            guard let request = world.oracle.owner(of: item),
                world.oracle.selectors(of: request.invalidation!, edge: sentBatch.edge) == item
            else { continue }
            for edge in request.targets where world.scenario.edges[edge].profile.layer < profile.layer {
                check(request, inner: edge, profile, sentBatch, world)
            }
        }
    }

    private func check(
        _ request: RequestOracle, inner: Int, _ outer: EdgeProfile, _ sentBatch: SentBatch, _ world: World
    ) {
        let part = Oracle.part(inner, .first)
        let wall = sentBatch.worker.wall(world.now)
        guard mayGoOn(request, part, wall, world) || hasReplay(of: request, part, wall, world) else {
            return violation(
                world,
                "\(sentBatch.worker.name) sends \(request.name) to \(outer.name) before "
                    + "\(world.scenario.edges[inner].profile.name), which is an inner cache, has it")
        }
        // What was called off went on without its inner caches, where its owner knew of that; so did a copy whose inner
        // cache refuses such requests for good, whatever became of another copy.
        guard request.cancelStoredAt == nil, !world.oracle.mayBeDead(request, part: part),
            let since = request.parts[part].firstAcknowledgedAt,
            request.parts[part].failures == 0,
            world.now - since < outer.layerDelay.nanoseconds - 2 * .millisecond
        else { return }
        violation(
            world, "\(sentBatch.worker.name) sends \(request.name) to \(outer.name) too soon after the inner cache")
    }

    private func mayGoOn(_ request: RequestOracle, _ part: Int, _ wall: Timestamp, _ world: World) -> Bool {
        world.oracle.isSettled(request, part: part, wall: wall) || world.oracle.mayBeDead(request, part: part)
    }

    /// What is purged may be a replay's: that goes on when the inner cache refused the replay to the end.
    private func hasReplay(of request: RequestOracle, _ part: Int, _ wall: Timestamp, _ world: World) -> Bool {
        world.oracle.requests.contains { other in
            other.replay != nil && other.invalidation?.id == request.invalidation?.id
                && other.invalidation?.namespace == request.invalidation?.namespace
                && mayGoOn(other, part, wall, world)
        }
    }
}
