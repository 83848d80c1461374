internal import Invalidations

/// Expired requests are not sent, and only expired ones are called that; likewise with what was called off.
final class ExpiryChecker: Checker {
    let name = "expiry"

    func see(_ observation: Observation, in world: World) {
        switch observation {
        case .purge(let sentBatch):
            for item in sentBatch.batch.items {
                guard let request = world.oracle.owner(of: item), let invalidation = request.invalidation,
                    let expiry = invalidation.expiresAt, expiry < sentBatch.worker.wall(world.now)
                else { continue }
                return violation(world, "\(sentBatch.worker.name) sends \(request.name), which has expired")
            }
        case .report(let worker, let report):
            guard let request = world.oracle.request(report.attempt), request.invalidation != nil else { return }
            for edge in report.edges {
                if edge.state == .expired, !world.oracle.isExpired(request, wall: worker.wall(world.now)) {
                    return violation(world, "\(worker.name) says that \(request.name) has expired, and it has not")
                }
                if edge.state == .cancelled, request.cancelStoredAt == nil {
                    return violation(world, "\(worker.name) says that \(request.name) was called off, and nobody did")
                }
            }
        default: break
        }
    }
}
