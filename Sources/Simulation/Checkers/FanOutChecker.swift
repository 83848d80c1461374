internal import Invalidations

/// A request is with no more edges at once than each of them allows.
final class FanOutChecker: Checker {
    let name = "fan-out"

    private struct Key: Hashable {
        let worker: Int
        let request: Int
    }

    /// Purges under way at edges that limit the fan-out.
    private var underWay: [Key: [SentBatch]] = [:]

    func see(_ observation: Observation, in world: World) {
        switch observation {
        case .purge(let sentBatch):
            guard let most = world.scenario.edges[sentBatch.edge].profile.fanOutMax else { return }
            for key in keys(sentBatch, world) {
                guard underWay[key, default: []].count < most else {
                    return violation(
                        world, "\(sentBatch.worker.name) has r\(key.request) with more than \(most) edges at once")
                }
                underWay[key, default: []].append(sentBatch)
            }
        case .answered(let sentBatch):
            for key in keys(sentBatch, world) { underWay[key]?.removeAll { $0 === sentBatch } }
        // What was revoked while it was under way may be sent anew, and counts from the beginning.
        case .revoked(let worker), .gone(let worker):
            for key in underWay.keys where key.worker == worker.number { underWay[key] = nil }
        default: break
        }
    }

    private func keys(_ sentBatch: SentBatch, _ world: World) -> [Key] {
        sentBatch.batch.items.compactMap { item in
            // A request that was stored twice, or has a retry record or a replay, may be two records to the worker.
            guard let request = world.oracle.owner(of: item), request.records.count == 1, request.retryRecords.isEmpty,
                !request.isReplayed
            else { return nil }
            return Key(worker: sentBatch.worker.number, request: request.number)
        }
    }
}
