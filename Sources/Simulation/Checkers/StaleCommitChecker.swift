internal import Invalidations

/// A commit of another log is replaced at once by the next owner.
///
/// Left alone, it would count as soon as the log has grown to where the other one was.
final class StaleCommitChecker: Checker {
    let name = "stale commits"
    private static let patience = SimulatedTime.second

    private struct Key: Hashable {
        let worker: Int
        let index: Int
    }

    /// Since when an owner has a partition whose committed offset lies beyond the end of the log.
    private var since: [Key: SimulatedTime] = [:]

    func see(_ observation: Observation, in world: World) {
        switch observation {
        case .assigned(let worker, let partitions):
            for partition in partitions {
                let index = world.log.index(partition.source)
                guard let committed = world.group.committed[index]?.offset,
                    committed > world.log.partitions[index].nextOffset
                else { continue }
                since[Key(worker: worker.number, index: index)] = world.now
            }
        case .commit(let worker, let source, _, _):
            since[Key(worker: worker.number, index: world.log.index(source))] = nil
        case .revoked(let worker), .gone(let worker):
            for key in since.keys where key.worker == worker.number { since[key] = nil }
        case .rolledBack(let index):
            for key in since.keys where key.index == index { since[key] = nil }
        case .handled(let worker):
            for (key, time) in since where key.worker == worker.number && world.now - time > Self.patience {
                return violation(
                    world, "\(worker.name) leaves a commit of \(world.name(world.log.source(key.index))) beyond its end"
                )
            }
        default: break
        }
    }
}
