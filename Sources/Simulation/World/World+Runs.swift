internal import Invalidations
internal import Kafka
internal import Replays
internal import TopicCatalogue
internal import Workers

// Runs that a runner carries out: ordered, paused, resumed, cancelled, and taken over.
extension World {
    private static let runnerPause: SimulatedTime = 200 * .millisecond
    /// Until a dead runner's group has another one.
    private static let takeoverPause: SimulatedTime = 10 * .second

    func orderRun(_ plan: RunPlan) {
        let run = SimulatedRun(runs.count)
        runs.append(run)
        var ranges: [LogRange] = []
        for index in log.partitions.indices where log.source(index).isInvalidation {
            let partition = log.partitions[index]
            ranges.append(
                LogRange(topics[log.source(index)], from: partition.startOffset, to: partition.nextOffset))
        }
        var spec = RunSpec(ranges)
        (spec.window, spec.rate) = (plan.window, plan.rate)
        run.store(
            RunOrder(
                kind: .replay, spec: spec, who: "operator", reason: "", wanted: .running, at: Calendar.wall(now)))
        tell("run", "\(run.id) is ordered, \(plan.window) ahead at most")
        takeOver(run)
        for change in plan.changes { after(change.after, .runChange(run, change.wanted)) }
        for death in plan.deaths { after(death.after, .runnerDies(run, isLate: death.isLate)) }
    }

    func change(_ run: SimulatedRun, to wanted: RunOrder.Wanted) {
        guard !run.isOver, let order = run.order,
            let next = try? order.changed(to: wanted, by: "operator", reason: "", at: Calendar.wall(now))
        else { return }
        tell("run", "\(run.id) is ordered to be \(wanted.rawValue)")
        run.store(next)
        if let owner = run.owner {
            owner.run.follow(next)
            store(owner, run)
        } else {
            takeOver(run)
        }
    }

    /// Somebody looks after it until it is over, once nothing goes wrong any more.
    func lookAfter(_ run: SimulatedRun) {
        guard !run.isOver else { return }
        if run.order?.wanted == .paused || run.state?.phase == .paused { change(run, to: .running) }
        after(30 * .second, .lookAfterRun(run))
    }

    /// A runner begins with what stands in the control topic and on the replay topic.
    func takeOver(_ run: SimulatedRun) {
        guard run.owner == nil, !run.isOver, let order = run.order, let known = run.table.runs[run.id] else { return }
        if order.wanted == .cancelled {
            var state = run.state ?? RunState(epoch: 0, phase: .cancelled, position: [:], at: Calendar.wall(now))
            (state.epoch, state.phase, state.at) = (state.epoch + 1, .cancelled, TimeText(Calendar.wall(now)))
            run.store(state)
            return see(.runEnded(run))
        }
        guard order.wanted == .running, !known.isSelfPaused else { return }
        run.owners += 1
        let (begun, epoch) = (ActiveRun.begun(run.state), ActiveRun.epoch(after: run.state))
        let logs = publishedLogs(run, order, begun)
        let target = SimulatedRunTarget(self, run, ownerNumber: run.owners)
        let input = RecordInput(
            order, SimulatedRunRecords(self, run, order, epoch: epoch, logs: logs), logs: logs)
        let active = ActiveRun(
            run.id, order, earlier: run.state, input: input, target: target, outcomes: SimulatedRunOutcomes(self),
            at: Calendar.wall(now))
        let owner = RunOwner(number: run.owners, run: active, target: target)
        run.owner = owner
        run.store(active.state)
        tell("run", "owner \(owner.number) goes on with \(run.id), of which \(run.stored.count) records stand")
        after(.millisecond, .runStep(run, owner: owner.number))
    }

    private func publishedLogs(
        _ run: SimulatedRun, _ order: RunOrder, _ begun: RunState?
    ) -> [TopicPartition: PublishedLog] {
        var marks: [Int32: (low: Int64, high: Int64)] = [:]
        for partition in 0..<Int32(scenario.partitions) {
            let replays = log.partitions[replayIndex(partition)]
            marks[partition] = (replays.startOffset, replays.nextOffset)
        }
        let starts = PublishedLog.targetStarts(order.spec, begun, watermarks: marks)
        var published: [RunOrigin: Int64] = [:]
        for (partition, start) in starts {
            let replays = log.partitions[replayIndex(partition)]
            for record in replays.records[replays.slot(of: start)...] where record.retry?.replay?.run == run.id {
                let header = record.headers.first { $0.name == "cs-run-from" }
                guard let origin = header?.value.flatMap(RunOrigin.init(header:)) else { continue }
                published[origin] = record.offset
            }
        }
        return PublishedLog.find(order.spec, begun, publishedFrom: starts, published)
    }

    func step(_ run: SimulatedRun, owner number: Int) {
        guard let owner = run.owner, owner.number == number else { return }
        let before = owner.run.state.phase
        do {
            let isBusy = try owner.run.step(now: now)
            if owner.run.state.phase != before || owner.nextCheckpoint <= now { store(owner, run) }
            guard run.owner != nil else { return }
            after(isBusy ? .millisecond : Self.runnerPause, .runStep(run, owner: number))
        } catch {
            tell("run", "owner \(number) of \(run.id) begins again: \(error)")
            run.owner = nil
            after(2 * .second, .takeOverRun(run))
        }
    }

    private func store(_ owner: RunOwner, _ run: SimulatedRun) {
        owner.nextCheckpoint = now + .second
        let state = owner.run.checkpoint(at: Calendar.wall(now))
        run.store(state)
        defer { run.toldPause = state.phase == .paused ? state.order : nil }
        if state.phase == .paused, run.toldPause != state.order {
            tell("run", "\(run.id) is paused: \(state.reason ?? "as ordered")")
        }
        guard state.phase.isOver else { return }
        run.owner = nil
        tell("run", "\(run.id) is \(state.phase.rawValue) after \(run.stored.count) records")
        see(.runEnded(run))
    }

    /// - Parameter isLate: it is only cut off: what it has handed over comes when another one owns the run.
    func runnerDies(_ run: SimulatedRun, isLate: Bool) {
        guard isChaos, let owner = run.owner else { return }
        tell("run", "owner \(owner.number) of \(run.id) \(isLate ? "is cut off" : "dies")")
        run.owner = nil
        for record in owner.target.onTheirWay where !isLate { record.fate = .lost }
        if isLate { owner.target.isCutOffUntil = now + Self.takeoverPause + .second }
        after(Self.takeoverPause, .takeOverRun(run))
    }
}

// Between a runner and the broker.
extension World {
    func finishedReplays(of partition: Int32) -> Int64 { group.committed[replayIndex(partition)]?.offset ?? 0 }

    func post(_ record: RunRecord) {
        let partition = record.publication.origin.partition.partition
        let plan = scenario.broker
        var pause = brokerRandom.time(.millisecond...8 * .millisecond)
        if isChaos {
            if brokerRandom.chance(plan.delays) { pause = brokerRandom.time(500 * .millisecond...8 * .second) }
            if brokerRandom.chance(plan.fails) {
                record.fate = .lost
            } else if brokerRandom.chance(plan.losesAnswers) {
                record.fate = .storedUnsaid
            }
        }
        let time = max(record.target.storedAt[partition] ?? 0, now + pause)
        record.target.storedAt[partition] = time
        queue.add(.runRecordArrives(record), at: time)
    }

    func arrives(_ record: RunRecord) {
        let partition = record.publication.origin.partition.partition
        if let time = record.target.isCutOffUntil, time > now { return queue.add(.runRecordArrives(record), at: time) }
        record.target.onTheirWay.removeAll { $0 === record }
        if record.target.hasFailed { record.fate = .lost }
        var result = Delivery.Result.failed(KafkaError.timedOut("a record of a run"))
        if record.fate != .lost, let position = store(record), record.fate == .stored {
            result = .stored(partition: partition, offset: position.offset)
        }
        if case .failed = result { record.target.hasFailed = true }
        record.target.tell(Delivery(token: record.token, result: result))
    }

    private func store(_ record: RunRecord) -> RecordPosition? {
        let (run, publication) = (record.run, record.publication)
        let read = readReplay(
            OriginalRecord(key: publication.key, value: publication.value), publication.headers,
            partition: publication.origin.partition.partition)
        guard let replay = read.retry?.replay, replay.run == run.id else {
            violate("headers", "a worker reads another replay than \(run.id) has written")
            return nil
        }
        guard let earlier = record.request.map({ oracle.requests[$0] }), let id = earlier.invalidation?.id,
            let request = oracle.addReplay(of: earlier, replay, parts: earlier.targets.map { Oracle.part($0, .first) })
                ?? oracle.request(RequestAttempt(id, replay))
        else { return nil }
        counts.replays += 1
        let stored = appendReplay(read, publication.headers, of: request, run: run.id)
        see(.runStored(record, stored))
        if run.owners > record.ownerNumber {
            run.hasCopies = true
        } else {
            run.stored[publication.origin] = stored.position
        }
        recordStored(stored)
        return stored.position
    }
}
