internal import Invalidations

// Between workers and edges.
extension World {
    func send(_ number: PurgeNumber, _ edge: Int, _ batch: PurgeBatch, _ worker: SimulatedWorker) {
        let flight = Flight(worker: worker, number: number, edge: edge, batch: batch, sentAt: now)
        counts.purges += 1
        see(.purge(flight))
        facts.sent(flight)
        tellPurge(flight)
        after(workerRandom.time(100_000...5 * .millisecond), .reachesEdge(flight))
    }

    func reachesEdge(_ flight: Flight) {
        let answerAt = edges[flight.edge].take(flight, now: now)
        queue.add(.answered(flight), at: answerAt)
    }

    func answered(_ flight: Flight) {
        guard flight.worker.isRunning else { return }
        facts.answered(flight, now: now)
        see(.answered(flight))
        tellAnswer(flight)
        handle(.purged(flight.number, flight.outcome, rest: flight.rest), at: flight.worker)
    }

    func check(_ edge: Int, _ worker: SimulatedWorker) {
        tell("check", "\(worker.name) asks \(scenario.edges[edge].profile.name) for markers")
        after(workerRandom.time(100_000...5 * .millisecond), .checkReachesEdge(edge, worker))
    }

    func checkReachesEdge(_ edge: Int, _ worker: SimulatedWorker) {
        let (check, answeredAt) = edges[edge].check(now: now)
        queue.add(.checkAnswered(edge, worker, check), at: answeredAt)
    }

    func spell(_ edge: Int, begins: Bool, _ trouble: Trouble) {
        tell("edge", "\(scenario.edges[edge].profile.name) \(begins ? "begins" : "ceases") to be \(trouble.rawValue)")
    }
}
