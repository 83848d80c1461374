internal import Invalidations

/// A worker that has read a cancellation begins no purge of that request.
final class CancellationChecker: Checker {
    let name = "cancellation"

    private struct Key: Hashable {
        let worker: Int
        let request: Int
        var edge: Int?
    }

    private var cancelled: Set<Key> = []
    private var sent: Set<Key> = []

    func see(_ observation: Observation, in world: World) {
        switch observation {
        case .taken(let worker, let record, isOpened: true):
            guard let number = record.request, let id = world.oracle.requests[number].invalidation?.cancels,
                let request = world.oracle.request(id), request.cancelStoredAt != nil
            else { return }
            cancelled.insert(Key(worker: worker.number, request: request.number))
        case .purge(let sentBatch):
            for item in sentBatch.batch.items {
                guard let request = world.oracle.owner(of: item) else { continue }
                let key = Key(worker: sentBatch.worker.number, request: request.number, edge: sentBatch.edge)
                // What is with the edge is not called back, and may be tried again.
                guard sent.insert(key).inserted else { continue }
                if cancelled.contains(Key(worker: key.worker, request: key.request)) {
                    return violation(world, "\(sentBatch.worker.name) sends \(request.name), which was called off")
                }
            }
        default: break
        }
    }
}
