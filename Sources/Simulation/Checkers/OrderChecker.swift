internal import Invalidations

/// Order: within a namespace, an edge gets first attempts from the invalidation topic in the order of publishing. What
/// was put off comes later, and does not count here.
final class OrderChecker: Checker {
    let name = "order"

    private struct Line: Hashable {
        let worker: Int
        let epoch: Int
        let namespace: Namespace
        let edge: Int
    }

    private var highest: [Line: Int64] = [:]
    private var sent: [Line: Set<Int>] = [:]

    func see(_ sighting: Sighting, in world: World) {
        guard case .purge(let flight) = sighting else { return }
        for item in flight.batch.items {
            guard let request = world.facts.owner(of: item), let record = firstRecord(request, flight.worker) else {
                continue
            }
            let line = Line(
                worker: flight.worker.number, epoch: flight.worker.epochs[Int(record.source.partition)],
                namespace: flight.batch.namespace, edge: flight.edge)
            guard sent[line, default: []].insert(request.number).inserted else { continue }
            let before = highest[line] ?? -1
            guard record.offset >= before else {
                return violation(
                    world,
                    "\(flight.worker.name) first sends \(request.name) (offset \(record.offset)) to "
                        + "\(world.scenario.edges[flight.edge].profile.name) after offset \(before)")
            }
            highest[line] = record.offset
        }
    }

    /// Where the worker read it for the first time; nil where it also has it from a retry topic.
    private func firstRecord(_ request: RequestFacts, _ worker: SimulatedWorker) -> LogRecord? {
        guard request.records.count == 1, let record = request.records.first, let begun = worker.begun[record.position],
            begun.allSatisfy({ $0.record === record })
        else { return nil }
        return record
    }
}
