internal import Invalidations

/// Bounded: open and delayed records, purges at a time of an edge, and one purge at a time of a lane.
final class BoundsChecker: Checker {
    let name = "bounds"

    private struct Lane: Hashable {
        let worker: Int
        let edge: Int
        let namespace: Namespace?
    }

    private var inFlight: [Lane: Int] = [:]

    func see(_ observation: Observation, in world: World) {
        switch observation {
        case .purge(let sentBatch): begin(sentBatch, world)
        case .answered(let sentBatch):
            inFlight[lane(sentBatch), default: 0] -= 1
            inFlight[edge(sentBatch), default: 0] -= 1
        case .handled(let worker): check(worker, world)
        default: break
        }
    }

    private func begin(_ sentBatch: SentBatch, _ world: World) {
        inFlight[lane(sentBatch), default: 0] += 1
        inFlight[edge(sentBatch), default: 0] += 1
        let profile = world.scenario.edges[sentBatch.edge].profile
        // A replay has a lane of its own, behind the live one of its namespace.
        if inFlight[lane(sentBatch), default: 0] > (world.scenario.hasReplays ? 2 : 1) {
            violation(
                world,
                "\(sentBatch.worker.name) has too many purges of \(sentBatch.batch.namespace) at \(profile.name)"
            )
        }
        if inFlight[edge(sentBatch), default: 0] > profile.concurrencyMax {
            violation(world, "\(sentBatch.worker.name) has more purges under way at \(profile.name) than allowed")
        }
        let items = sentBatch.batch.items.reduce(0) { $0 + $1.count }
        if sentBatch.batch.items.count > 1, items > profile.batchItemsMax {
            violation(world, "\(sentBatch.worker.name) sends \(items) items at once to \(profile.name)")
        }
    }

    private func check(_ worker: SimulatedWorker, _ world: World) {
        // What is delayed may end all at once, and is open until Kafka has its retry records; what was in work may have
        // to wait again, more than once. The replay topic's partitions count as those of retry topics.
        let settings = world.scenario.settings
        let partitions = (settings.retryTiers.count + 1) * worker.ownedPartitions
        let most = 3 * settings.openRecordsMax + partitions * settings.delayedMax
        guard worker.openRecords > most else { return }
        violation(
            world,
            "\(worker.name) has \(worker.openRecords) records open or delayed, \(most) at most"
        )
    }

    private func lane(_ sentBatch: SentBatch) -> Lane {
        Lane(worker: sentBatch.worker.number, edge: sentBatch.edge, namespace: sentBatch.batch.namespace)
    }

    private func edge(_ sentBatch: SentBatch) -> Lane {
        Lane(worker: sentBatch.worker.number, edge: sentBatch.edge, namespace: nil)
    }
}
