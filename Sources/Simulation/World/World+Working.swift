internal import Invalidations

// The shell around a worker's core: it reads what the core has room for, tells it what happened, and carries out what
// it decides.
extension World {
    /// Records read in one turn.
    private static let recordsPerTurn = 32

    func planTurn(_ worker: SimulatedWorker, after pause: SimulatedTime) {
        guard worker.isRunning, !worker.isTurnPlanned else { return }
        worker.isTurnPlanned = true
        after(pause, .turn(worker))
    }

    func turn(_ worker: SimulatedWorker) {
        worker.isTurnPlanned = false
        guard worker.isRunning, !worker.sources.isEmpty else { return }
        var left = Self.recordsPerTurn
        let start = workerRandom.int(0...(worker.sources.count - 1))
        for step in 0..<worker.sources.count {
            let sources = worker.sources
            let source = sources[(start + step) % sources.count]
            while left > 0, worker.isRunning, worker.sources.count == sources.count, readOne(worker, source) {
                left -= 1
            }
            guard worker.isRunning, worker.sources.count == sources.count else { return }
        }
        if left == 0 { planTurn(worker, after: .millisecond) }
    }

    /// - Returns: whether there was a record, and room for it.
    private func readOne(_ worker: SimulatedWorker, _ source: Int) -> Bool {
        let slot = max(worker.slots[source], log.partitions[source].firstPlace)
        guard slot < log.partitions[source].records.count,
            worker.core.capacity(for: log.source(source)) > 0
        else { return false }
        let record = log.partitions[source].records[slot]
        worker.slots[source] = slot + 1
        counts.read += 1
        oracle.begun(record, by: worker, now: now)
        see(.begun(worker, record))
        let before = worker.core.openRecords + worker.core.delayedRecords
        handle(.record(record.incoming), at: worker) {
            let isOpened = worker.core.openRecords + worker.core.delayedRecords > before
            see(.taken(worker, record, isOpened: isOpened))
        }
        return true
    }

    func timer(_ worker: SimulatedWorker, armedFor: SimulatedTime) {
        guard worker.isRunning, worker.armedFor == armedFor else { return }
        worker.armedFor = nil
        handle(.timer, at: worker)
    }

    /// Tells the core, and carries out what it decides: all of it, or as much as it lives for.
    ///
    /// - Parameter told: called once the core has decided, before anything is carried out.
    func handle(_ event: WorkerEvent, at worker: SimulatedWorker, told: () -> Void = {}) {
        guard worker.isRunning else { return }
        worker.handle(event, now: now)
        told()
        let actions = worker.actions
        worker.actions.removeAll(keepingCapacity: true)
        let lastWord = crashPoint(actions.count)
        for (slot, action) in actions.enumerated() {
            if slot == lastWord { return crash(worker, "in the midst of what followed from one event") }
            carryOut(action, worker)
            guard violation == nil, worker.isRunning else { return }
        }
        if lastWord == actions.count { return crash(worker, "just after it had done what followed from one event") }
        see(.handled(worker))
        armTimer(worker)
        if hasUnread(worker) { planTurn(worker, after: .millisecond) }
    }

    private func carryOut(_ action: WorkerAction, _ worker: SimulatedWorker) {
        switch action {
        case .purge(let number, let edge, let batch): send(number, edge, batch, worker)
        case .check(let edge): check(edge, worker)
        case .writeRetry(let number, let retryRecord):
            see(.writeRetry(worker, number, retryRecord))
            tellDeferral(retryRecord, worker)
            post(ProducedRecord(worker: worker, number: number, content: .retryRecord(retryRecord)))
        case .writeDeadLetter(let number, let deadLetter):
            see(.writeDeadLetter(worker, deadLetter))
            tellLetter(deadLetter, worker)
            oracle.buried(deadLetter)
            post(ProducedRecord(worker: worker, number: number, content: .deadLetter(deadLetter)))
        case .report(let number, let report):
            see(.report(worker, report))
            post(ProducedRecord(worker: worker, number: number, content: .report(report)))
        case .commit(let points): if !worker.commitsNothing { commit(points, worker) }
        case .reread(let source, let offset):
            let index = log.index(source)
            worker.slots[index] = log.partitions[index].slot(of: offset)
            tell("reread", "\(worker.name) reads \(name(source)) again from \(offset)")
        case .alert(let alert):
            see(.alert(worker, alert))
            tellAlert(alert, worker)
        case .drained: drained(worker)
        }
    }

    /// - Returns: after how many of the actions the worker dies; nil for not at all.
    private func crashPoint(_ actions: Int) -> Int? {
        guard actions > 0, isChaos, let left = eventsUntilCrash else { return nil }
        eventsUntilCrash = left - 1
        guard left <= 1 else { return nil }
        drawCrash()
        return groupRandom.int(0...actions)
    }

    func drawCrash() {
        eventsUntilCrash = scenario.eventsBetweenCrashes.map { groupRandom.int(1...(2 * $0)) }
    }

    private func armTimer(_ worker: SimulatedWorker) {
        guard let due = worker.nextTimer else {
            worker.armedFor = nil
            return
        }
        guard worker.armedFor != due else { return }
        worker.armedFor = due
        let isLate = isChaos && brokerRandom.chance(scenario.broker.lateTimers)
        let late = isLate ? brokerRandom.time(0...50 * .millisecond) : 0
        queue.add(.timer(worker, armedFor: due), at: max(now, due) + late)
    }

    private func hasUnread(_ worker: SimulatedWorker) -> Bool {
        worker.sources.contains { source in
            max(worker.slots[source], log.partitions[source].firstPlace) < log.partitions[source].records.count
                && worker.core.capacity(for: log.source(source)) > 0
        }
    }
}
