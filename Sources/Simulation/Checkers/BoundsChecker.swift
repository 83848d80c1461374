internal import Invalidations

/// Bounded: open and parked records, purges at a time of an edge, and one purge at a time of a lane.
final class BoundsChecker: Checker {
    let name = "bounds"

    private struct Lane: Hashable {
        let worker: Int
        let edge: Int
        let namespace: Namespace?
    }

    private var inFlight: [Lane: Int] = [:]

    func see(_ sighting: Sighting, in world: World) {
        switch sighting {
        case .purge(let flight): begin(flight, world)
        case .answered(let flight):
            inFlight[lane(flight), default: 0] -= 1
            inFlight[edge(flight), default: 0] -= 1
        case .handled(let worker): check(worker, world)
        default: break
        }
    }

    private func begin(_ flight: Flight, _ world: World) {
        inFlight[lane(flight), default: 0] += 1
        inFlight[edge(flight), default: 0] += 1
        let profile = world.scenario.edges[flight.edge].profile
        if inFlight[lane(flight), default: 0] > 1 {
            violation(
                world, "\(flight.worker.name) has two purges of \(flight.batch.namespace) under way at \(profile.name)")
        }
        if inFlight[edge(flight), default: 0] > profile.concurrencyMax {
            violation(world, "\(flight.worker.name) has more purges under way at \(profile.name) than allowed")
        }
        let items = flight.batch.items.reduce(0) { $0 + $1.count }
        if flight.batch.items.count > 1, items > profile.batchItemsMax {
            violation(world, "\(flight.worker.name) sends \(items) items at once to \(profile.name)")
        }
    }

    private func check(_ worker: SimulatedWorker, _ world: World) {
        // What is parked may end all at once, and is open until Kafka has its deferrals; what was in work may have to
        // wait again.
        let settings = world.scenario.settings
        let most = 2 * settings.openRecordsMax + settings.retryTiers.count * worker.ownedPartitions * settings.parkedMax
        guard worker.core.openRecords + worker.core.parkedRecords > most else { return }
        violation(
            world, "\(worker.name) has \(worker.core.openRecords) records open and \(worker.core.parkedRecords) parked")
    }

    private func lane(_ flight: Flight) -> Lane {
        Lane(worker: flight.worker.number, edge: flight.edge, namespace: flight.batch.namespace)
    }

    private func edge(_ flight: Flight) -> Lane {
        Lane(worker: flight.worker.number, edge: flight.edge, namespace: nil)
    }
}
