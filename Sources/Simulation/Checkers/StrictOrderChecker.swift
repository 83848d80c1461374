internal import Invalidations

/// Order, for strict namespaces: no request is sent to an edge before every earlier one has ended there.
final class StrictOrderChecker: Checker {
    let name = "strict order"

    private struct Line: Hashable {
        let namespace: Namespace
        let edge: Int
    }

    /// By namespace, the requests that were stored, by the offset of their first record.
    private var stored: [Namespace: [RequestOracle]] = [:]
    private var slots: [Int: Int] = [:]
    /// Below that place all requests have ended at the edge.
    private var ended: [Line: Int] = [:]
    private let isWanted: Bool

    init(_ scenario: Scenario) {
        isWanted = !scenario.settings.strictNamespaces.isEmpty
    }

    func see(_ observation: Observation, in world: World) {
        guard isWanted else { return }
        switch observation {
        case .stored(let record):
            guard record.retry == nil, let request = record.request.map({ world.oracle.requests[$0] }),
                request.isStrict,
                request.records.count == 1, let namespace = request.invalidation?.namespace
            else { return }
            slots[request.number] = stored[namespace]?.count ?? 0
            stored[namespace, default: []].append(request)
        case .purge(let sentBatch):
            for item in sentBatch.batch.items {
                // A replay stands outside the line.
                guard let request = world.oracle.owner(of: item), request.isStrict, !request.isReplayed else {
                    continue
                }
                check(request, sentBatch, world)
            }
        default: break
        }
    }

    private func check(_ request: RequestOracle, _ sentBatch: SentBatch, _ world: World) {
        let line = Line(namespace: sentBatch.batch.namespace, edge: sentBatch.edge)
        let all = stored[line.namespace] ?? []
        let wall = sentBatch.worker.wall(world.now)
        var isUnbroken = true
        // One that has ended may be sent once more, after a restart.
        guard let own = slots[request.number], own > ended[line] ?? 0 else { return }
        for slot in (ended[line] ?? 0)..<own {
            let earlier = all[slot]
            let isDone =
                !earlier.targets.contains(sentBatch.edge) || earlier.isCancel
                // It gets its position in line when its time has come, which may be just now.
                || earlier.invalidation?.notBefore != nil
                || world.oracle.isSettled(earlier, part: Oracle.part(sentBatch.edge, .first), wall: wall)
            guard isDone else {
                let edge = world.scenario.edges[sentBatch.edge].profile.name
                return violation(
                    world,
                    "\(sentBatch.worker.name) sends \(request.name) to \(edge) before \(earlier.name) has ended there")
            }
            if isUnbroken { ended[line] = slot + 1 } else { isUnbroken = false }
        }
    }
}
