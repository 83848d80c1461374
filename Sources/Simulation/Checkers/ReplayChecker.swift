internal import Invalidations

/// Nothing resurrected: a replay is told of at its own edges alone, and no completed request goes back.
final class ReplayChecker: Checker {
    let name = "replays"
    /// The latest try that was asked for when a request was completed.
    private var completed: [RequestIdentity: UInt32] = [:]
    private var askedFor: [RequestIdentity: UInt32] = [:]

    func see(_ observation: Observation, in world: World) {
        switch observation {
        case .report(let worker, let report):
            guard let request = world.oracle.request(report.attempt), request.replay != nil else { return }
            let others = report.edges.filter { edge in
                guard let part = world.oracle.part(named: edge.name) else { return true }
                return !request.endingParts.contains(part) && !request.endingParts.contains(part & ~1)
            }
            if let other = others.first {
                violation(world, "\(worker.name) tells of \(request.name) at \(other.name), which it is not for")
            }
        case .stored(let record):
            guard record.source.isReplay, let attempt = record.request.flatMap({ world.oracle.requests[$0].attempt }),
                let namespace = record.request.flatMap({ world.oracle.requests[$0].invalidation?.namespace })
            else { return }
            let identity = RequestIdentity(id: attempt.id, namespace: namespace)
            askedFor[identity] = max(askedFor[identity] ?? 0, attempt.generation)
        case .reportStored(let report):
            let identity = RequestIdentity(id: report.id, namespace: report.namespace)
            guard let row = world.projector.rows[identity], row.status == .completed else {
                // A second purge that is told of late may take it back, but no later try.
                guard let generation = completed.removeValue(forKey: identity), report.generation > generation else {
                    return
                }
                return violation(world, "\(report.id) was completed, and is tried again")
            }
            completed[identity] = max(askedFor[identity] ?? 0, row.cells.map(\.generation).max() ?? 0)
        default: break
        }
    }
}
