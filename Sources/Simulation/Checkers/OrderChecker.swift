internal import Invalidations

/// Order: within a namespace, an edge gets first attempts from the invalidation topic in the order of publishing. What
/// was deferred comes later, and does not count here.
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

    func see(_ observation: Observation, in world: World) {
        guard case .purge(let sentBatch) = observation else { return }
        for item in sentBatch.batch.items {
            guard let request = world.oracle.owner(of: item), let record = firstRecord(request, sentBatch.worker) else {
                continue
            }
            let line = Line(
                worker: sentBatch.worker.number, epoch: sentBatch.worker.epochs[Int(record.source.partition)],
                namespace: sentBatch.batch.namespace, edge: sentBatch.edge)
            guard sent[line, default: []].insert(request.number).inserted else { continue }
            let before = highest[line] ?? -1
            guard record.offset >= before else {
                return violation(
                    world,
                    "\(sentBatch.worker.name) first sends \(request.name) (offset \(record.offset)) to "
                        + "\(world.scenario.edges[sentBatch.edge].profile.name) after offset \(before)")
            }
            highest[line] = record.offset
        }
    }

    /// Where the worker read it for the first time; nil where it also has it from a retry topic.
    private func firstRecord(_ request: RequestOracle, _ worker: SimulatedWorker) -> LogRecord? {
        guard request.records.count == 1, let record = request.records.first, let begun = worker.begun[record.position],
            begun.allSatisfy({ $0.record === record })
        else { return nil }
        return record
    }
}
