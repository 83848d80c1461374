internal import Invalidations

/// Order, for strict namespaces: no request is sent to an edge before every earlier one has ended there.
final class StrictOrderChecker: Checker {
    let name = "strict order"

    private struct Line: Hashable {
        let namespace: Namespace
        let edge: Int
    }

    /// By namespace, the requests that were stored, by the offset of their first record.
    private var stored: [Namespace: [RequestFacts]] = [:]
    private var places: [Int: Int] = [:]
    /// Below that place all requests have ended at the edge.
    private var ended: [Line: Int] = [:]
    private let isWanted: Bool

    init(_ scenario: Scenario) {
        isWanted = !scenario.settings.strictNamespaces.isEmpty
    }

    func see(_ sighting: Sighting, in world: World) {
        guard isWanted else { return }
        switch sighting {
        case .stored(let record):
            guard record.note == nil, let request = record.request.map({ world.facts.requests[$0] }), request.isStrict,
                request.records.count == 1, let namespace = request.invalidation?.namespace
            else { return }
            places[request.number] = stored[namespace]?.count ?? 0
            stored[namespace, default: []].append(request)
        case .purge(let flight):
            for item in flight.batch.items {
                guard let request = world.facts.owner(of: item), request.isStrict else { continue }
                check(request, flight, world)
            }
        default: break
        }
    }

    private func check(_ request: RequestFacts, _ flight: Flight, _ world: World) {
        let line = Line(namespace: flight.batch.namespace, edge: flight.edge)
        let all = stored[line.namespace] ?? []
        let wall = flight.worker.wall(world.now)
        var isUnbroken = true
        // One that has ended may be sent once more, after a restart.
        guard let own = places[request.number], own > ended[line] ?? 0 else { return }
        for place in (ended[line] ?? 0)..<own {
            let earlier = all[place]
            let isDone =
                !earlier.targets.contains(flight.edge) || earlier.isCancel
                || world.facts.isSettled(earlier, part: Facts.part(flight.edge, .first), wall: wall)
            guard isDone else {
                return violation(
                    world,
                    "\(flight.worker.name) sends \(request.name) to \(world.scenario.edges[flight.edge].profile.name) "
                        + "before \(earlier.name) has ended there")
            }
            if isUnbroken { ended[line] = place + 1 } else { isUnbroken = false }
        }
    }
}
