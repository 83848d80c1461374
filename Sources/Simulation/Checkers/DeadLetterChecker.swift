internal import Invalidations

/// Honest status: a dead letter is the original byte for byte and names the edges that failed, no others.
final class DeadLetterChecker: Checker {
    let name = "dead letters"

    func see(_ observation: Observation, in world: World) {
        guard case .writeDeadLetter(let worker, let deadLetter) = observation else { return }
        guard let request = world.oracle.request(of: deadLetter) else {
            return violation(world, "\(worker.name) gives up what nobody published")
        }
        guard deadLetter.original == request.publication.original else {
            return violation(world, "the dead letter of \(request.name) has other bytes")
        }
        for failed in deadLetter.failedEdges { check(failed, request, worker, world) }
        if deadLetter.failedEdges.isEmpty, deadLetter.deadClass == .exhausted || deadLetter.deadClass == .permanent {
            violation(world, "the dead letter of \(request.name) names no edge")
        }
    }

    private func check(
        _ failed: DeadLetter.FailedEdge, _ request: RequestOracle, _ worker: SimulatedWorker, _ world: World
    ) {
        guard let part = world.oracle.part(named: failed.edge), let invalidation = request.invalidation else {
            return violation(world, "the dead letter of \(request.name) names \(failed.edge), which is no edge of it")
        }
        let edge = part / 2
        if failed.failure.failureClass == .permanentItem, world.oracle.canTakeAll(invalidation, edge: edge),
            !world.oracle.isRefused(invalidation, edge: edge)
        {
            return violation(
                world, "\(worker.name) gives up \(request.name) at \(failed.edge) for an item that it does not name")
        }
        guard world.oracle.mayBeDead(request, part: part) else {
            return violation(
                world, "\(worker.name) gives up \(request.name) at \(failed.edge), which has not failed so often")
        }
    }
}
