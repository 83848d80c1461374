internal import Invalidations

/// Isolation: low priority moves while higher ones have more to send than an edge takes.
final class ShareChecker: Checker {
    let name = "shares"
    /// Items of others after which a waiting low one must have had its turn, for each item of its last one and the
    /// next: its share is one in 21.
    private static let share = 21

    private struct Key: Hashable {
        let worker: Int
        let edge: Int
    }

    private var others: [Key: Int] = [:]
    private var lastLow: [Key: Int] = [:]
    private let isWanted: Bool

    init(_ scenario: Scenario) {
        // What is held for an inner cache, or for another edge of its request, does not wait for its turn.
        isWanted =
            scenario.scenarioProfile == .contention
            && scenario.edges.allSatisfy { $0.profile.layer == 0 && $0.profile.fanOutMax == nil }
    }

    func see(_ observation: Observation, in world: World) {
        guard isWanted else { return }
        switch observation {
        case .purge(let sentBatch):
            let key = Key(worker: sentBatch.worker.number, edge: sentBatch.edge)
            let items = sentBatch.batch.items.reduce(0) { $0 + $1.count }
            guard priority(sentBatch.batch.namespace, world) != .low else {
                (others[key], lastLow[key]) = (0, items)
                return
            }
            guard isLowWaiting(sentBatch, world) else { return others[key] = 0 }
            others[key, default: 0] += items
            if others[key, default: 0] > Self.share * (lastLow[key, default: 0] + 2) + Self.share {
                let edge = world.scenario.edges[sentBatch.edge].profile.name
                violation(world, "\(sentBatch.worker.name) lets low priority wait at \(edge)")
            }
        default: break
        }
    }

    private func priority(_ namespace: Namespace, _ world: World) -> Priority? {
        world.scenario.namespaces.first { $0.namespace == namespace }?.priority
    }

    /// Whether the worker has a low request that it has never sent to the edge.
    private func isLowWaiting(_ sentBatch: SentBatch, _ world: World) -> Bool {
        sentBatch.worker.begun.contains { origin, copies in
            guard origin.source.priority == .low, let number = copies.first?.record.request else { return false }
            let request = world.oracle.requests[number]
            return request.targets.contains(sentBatch.edge)
                && !request.parts[Oracle.part(sentBatch.edge, .first)].wasSent
                && request.parts[Oracle.part(sentBatch.edge, .first)].state == nil
        }
    }
}
