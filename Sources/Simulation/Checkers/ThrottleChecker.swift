internal import Invalidations

/// Restraint: an edge that says it was too much is left alone for a moment, whatever it says about how long.
final class ThrottleChecker: Checker {
    let name = "throttling"
    private static let pauseMin = 90 * SimulatedTime.millisecond

    private struct Key: Hashable {
        let worker: Int
        let edge: Int
    }

    private var throttledAt: [Key: SimulatedTime] = [:]

    func see(_ observation: Observation, in world: World) {
        switch observation {
        case .answered(let sentBatch):
            let isThrottled = sentBatch.batch.items.indices.contains { slot in
                guard case .failed(let failure) = sentBatch.outcome[slot] else { return false }
                return failure.failureClass == .throttled || failure.failureClass == .quota
            }
            if isThrottled { throttledAt[key(sentBatch)] = world.now }
        case .purge(let sentBatch):
            guard let time = throttledAt[key(sentBatch)], world.now - time < Self.pauseMin else { return }
            violation(
                world,
                "\(sentBatch.worker.name) asks \(world.scenario.edges[sentBatch.edge].profile.name) again "
                    + "\(world.now - time) ns after it was too much")
        default: break
        }
    }

    private func key(_ sentBatch: SentBatch) -> Key { Key(worker: sentBatch.worker.number, edge: sentBatch.edge) }
}
