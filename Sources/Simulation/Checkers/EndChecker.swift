internal import Invalidations

/// Honest status, at the end: the rows are a pure fold of the log, each request has one, and it says what is true.
final class EndChecker: Checker {
    let name = "status"

    func see(_ observation: Observation, in world: World) {
        guard case .over = observation else { return }
        var refolded = Projector()
        for progress in world.log.progress.reversed() { refolded.fold(progress) }
        guard refolded.rows == world.projector.rows else {
            return violation(world, "folding the log again, in another order, gives other rows")
        }
        for request in world.oracle.requests where !request.isExcused { check(request, world) }
    }

    private func check(_ request: RequestOracle, _ world: World) {
        guard let invalidation = request.invalidation, request.isStored else { return }
        let identity = RequestIdentity(id: request.attempt?.id ?? invalidation.id, namespace: invalidation.namespace)
        guard let row = world.projector.rows[identity] else {
            return violation(world, "\(request.name) has no row")
        }
        guard !request.isCancel else { return }
        for part in request.endingParts {
            guard let state = row.cell(of: world.oracle.name(ofPart: part))?.state else {
                return violation(world, "the row of \(request.name) does not name \(world.oracle.name(ofPart: part))")
            }
            guard !request.superseded.contains(part) else { continue }
            if state.isSuccess, !world.oracle.isPurged(request, part: part) {
                return violation(world, "\(request.name) is shown as \(state.rawValue) where it was not purged")
            }
            if state == .dead, !request.parts[part].isDeadLetterStored {
                return violation(world, "\(request.name) is shown as dead, and no dead letter says so")
            }
        }
        if row.status == .completed, request.isDeadLetterStored, request.targets.isEmpty {
            violation(world, "\(request.name) is a dead letter, and shown as completed")
        }
    }
}
