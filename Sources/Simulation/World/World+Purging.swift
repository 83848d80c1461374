internal import Invalidations

// Between workers and edges.
extension World {
    func send(_ number: PurgeNumber, _ edge: Int, _ batch: PurgeBatch, _ worker: SimulatedWorker) {
        let sentBatch = SentBatch(worker: worker, number: number, edge: edge, batch: batch, sentAt: now)
        counts.purges += 1
        see(.purge(sentBatch))
        oracle.sent(sentBatch)
        tellPurge(sentBatch)
        after(workerRandom.time(100_000...5 * .millisecond), .reachesEdge(sentBatch))
    }

    func reachesEdge(_ sentBatch: SentBatch) {
        let answerAt = edges[sentBatch.edge].decideOutcome(of: sentBatch, now: now)
        queue.add(.answered(sentBatch), at: answerAt)
    }

    func answered(_ sentBatch: SentBatch) {
        guard sentBatch.worker.isRunning else { return }
        oracle.answered(sentBatch, now: now)
        see(.answered(sentBatch))
        tellAnswer(sentBatch)
        drive(sentBatch.worker) { $0.calls.onOutcome?(sentBatch.number, sentBatch.outcome, sentBatch.rest) }
    }

    func check(_ edge: Int, _ worker: SimulatedWorker) {
        tell("check", "\(worker.name) asks \(scenario.edges[edge].profile.name) for markers")
        after(workerRandom.time(100_000...5 * .millisecond), .checkReachesEdge(edge, worker))
    }

    func checkReachesEdge(_ edge: Int, _ worker: SimulatedWorker) {
        let (check, answeredAt) = edges[edge].check(now: now)
        queue.add(.checkAnswered(edge, worker, check), at: answeredAt)
    }

    func faultWindow(_ edge: Int, begins: Bool, _ trouble: Trouble) {
        tell("edge", "\(scenario.edges[edge].profile.name) \(begins ? "begins" : "ceases") to be \(trouble.rawValue)")
    }
}
