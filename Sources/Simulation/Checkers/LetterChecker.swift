internal import Invalidations

/// Honest status: a dead letter is the original byte for byte and names the edges that failed, no others.
final class LetterChecker: Checker {
    let name = "dead letters"

    func see(_ sighting: Sighting, in world: World) {
        guard case .bury(let worker, let letter) = sighting else { return }
        guard let request = world.facts.request(of: letter) else {
            return violation(world, "\(worker.name) gives up what nobody published")
        }
        guard letter.original == request.publication.original else {
            return violation(world, "the dead letter of \(request.name) has other bytes")
        }
        for failed in letter.failedEdges { check(failed, request, worker, world) }
        if letter.failedEdges.isEmpty, letter.deadClass == .exhausted || letter.deadClass == .permanent {
            violation(world, "the dead letter of \(request.name) names no edge")
        }
    }

    private func check(
        _ failed: DeadLetter.FailedEdge, _ request: RequestFacts, _ worker: SimulatedWorker, _ world: World
    ) {
        guard let part = world.facts.part(named: failed.edge), let invalidation = request.invalidation else {
            return violation(world, "the dead letter of \(request.name) names \(failed.edge), which is no edge of it")
        }
        let edge = part / 2
        if failed.failure.failureClass == .permanentItem, world.facts.canTakeAll(invalidation, edge: edge),
            !world.facts.isRefused(invalidation, edge: edge)
        {
            return violation(
                world, "\(worker.name) gives up \(request.name) at \(failed.edge) for an item that it does not name")
        }
        guard world.facts.mayBeDead(request, part: part) else {
            return violation(
                world, "\(worker.name) gives up \(request.name) at \(failed.edge), which has not failed so often")
        }
    }
}
