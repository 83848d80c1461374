import Edges
import Invalidations
import Runtime

// What the core decided, carried out.
extension WorkerLoop {
    func carryOut(_ action: WorkerAction) {
        switch action {
        case .purge(let number, let edge, let batch):
            metrics.purges.increment()
            meter.began(number, edge: edge, items: batch.items.reduce(0) { $0 + $1.count })
            calls.submit(id: number, edge: edge, batch: batch)
        case .check(let edge): calls.check(edge: edge)
        case .writeRetry(let number, let retryRecord):
            metrics.retryRecord(retryRecord.retry.reason)
            publisher.writeRetry(retryRecord, number)
        case .writeDeadLetter(let number, let deadLetter) where holdsBack(deadLetter, number): publisher.refuse(number)
        case .writeDeadLetter(let number, let deadLetter):
            peers.heldBack.remove(number)
            metrics.deadLetter(deadLetter.deadClass)
            log.warning("dead letter", ["class": deadLetter.deadClass.rawValue, "reason": deadLetter.reason])
            publisher.writeDeadLetter(deadLetter, number)
        case .report(let number, let report):
            count(report)
            publisher.report(report, number)
        case .commit(let points): source.commit(points)
        case .reread(let partition, let offset): source.reread(partition, from: offset)
        case .alert(let alert): tell(alert)
        case .drained: host.stop()
        }
    }

    func count(_ record: IncomingRecord) {
        if record.position.source.isInvalidation {
            metrics.recordsRead.increment()
        } else {
            metrics.retriesRead.increment()
        }
    }

    /// The last report of a retry round has nothing under way any more; those before it would count twice.
    private func count(_ report: RequestReport) {
        var absorbed: UInt64 = 0
        var isCompleted = !report.edges.isEmpty && report.failure == nil
        for edge in report.edges {
            if !edge.state.isSuccess { isCompleted = false }
            switch edge.state {
            case .queued, .sending: return
            case .absorbed: absorbed += 1
            case .deferred, .cancelled, .expired, .dead, .accepted, .purged, .verified, .skipped: break
            }
        }
        if isCompleted { metrics.completed(report) }
        if absorbed > 0 { metrics.absorbed.increment(by: absorbed) }
    }

    private func tell(_ alert: WorkerAlert) {
        switch alert {
        case .edgeDown(let edge, let failure):
            meter.breaker(edge, isOpen: true)
            log.warning("edge is down; its purges are deferred until it is back", fields(edge, failure))
        case .edgeRefuses(let edge, let failure):
            meter.breaker(edge, isOpen: true)
            log.error(
                "edge refuses all purges until somebody changes its configuration or ours; they are deferred",
                fields(edge, failure))
        case .edgeUp(let edge):
            meter.breaker(edge, isOpen: false)
            log.info("edge is back", ["edge": edges[edge].name])
        case .edgeRefusesKinds(let edge, let kinds, let failure):
            var fields = fields(edge, failure)
            fields.merge(["kinds": kinds.names])
            log.error(
                "edge refuses all purges of these kinds; they are tried once in each retry round, then dead-lettered",
                fields)
        case .deadLetterFlood(let namespace, let edge, let pause):
            log.error(
                "all requests of a namespace become dead letters at an edge; it gets none of them for a while",
                ["namespace": namespace.name, "edge": edges[edge].name, "pause": "\(pause)"])
        }
    }

    private func fields(_ edge: Int, _ failure: PurgeFailure) -> LogFields {
        ["edge": edges[edge].name, "class": failure.failureClass.rawValue, "failure": failure.message]
    }
}
