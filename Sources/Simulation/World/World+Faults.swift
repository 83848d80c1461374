internal import Invalidations
internal import Runtime
internal import Workers

// What goes wrong by plan, and how it all ends.
extension World {
    func strike(_ fault: PlannedFault) {
        switch fault.kind {
        case .join: startWorker()
        case .rebalance:
            tell("group", "the group rebalances")
            rebalance()
        case .truncate: truncate()
        case .rollBack: rollBack()
        case .remake: remake()
        case .crash: victim().map { crash($0, "at once") }
        case .fence: victim().map(fence)
        case .drain: victim().map(drain)
        }
    }

    func chaosEnds() {
        tell("calm", "from now on nothing goes wrong any more")
        eventsUntilCrash = nil
        if !workers.contains(where: { $0.isRunning && !$0.isDraining }) { startWorker() }
        for run in runs { lookAfter(run) }
        look()
    }

    /// A drain has a deadline, as wherever processes are stopped.
    func drainDeadline(_ worker: SimulatedWorker) {
        guard worker.isRunning else { return }
        crash(worker, "because it has not finished in time")
    }

    func look() {
        if hasEnded {
            tell("end", "everything has ended")
            see(.over)
            isOver = true
        } else if now > scenario.chaosEnd + scenario.patience {
            see(.over)
            for worker in workers where worker.isRunning {
                for line in worker.running?.loop.core.inventory() ?? [] { tell("inventory", "\(worker.name): \(line)") }
            }
            violate("liveness", "not ended \(Calendar.text(scenario.patience)) after the last fault: \(unfinished())")
        } else {
            after(10 * .second, .look)
        }
    }

    private var hasEnded: Bool {
        oracle.requests.allSatisfy { $0.isStored && oracle.hasEnded($0) }
            && log.partitions.indices.allSatisfy(isCommitted) && runs.allSatisfy(\.isOver)
    }

    private func isCommitted(_ index: Int) -> Bool {
        let partition = log.partitions[index]
        guard partition.firstSlot < partition.records.count, let last = partition.records.last else { return true }
        return (group.committed[index]?.offset ?? 0) > last.offset
    }

    private func unfinished() -> String {
        let requests = oracle.requests.filter { !$0.isStored || !oracle.hasEnded($0) }.map(\.name)
        let partitions = log.partitions.indices.filter { !isCommitted($0) }.map { index in
            "\(name(log.source(index))) committed to \(group.committed[index]?.offset ?? 0) "
                + "of \(log.partitions[index].nextOffset)"
        }
        return (requests.prefix(5) + partitions.prefix(5)).joined(separator: ", ")
    }

    private func victim() -> SimulatedWorker? {
        let candidates = workers.filter { $0.isRunning && !$0.isDraining && !$0.isFenced && group.isMember($0) }
        return candidates.isEmpty ? nil : groupRandom.pick(candidates)
    }

    /// The group gives its partitions to others while it goes on.
    private func fence(_ worker: SimulatedWorker) {
        tell("fence", "\(worker.name) is cut off from the group and does not notice")
        worker.isFenced = true
        group.leave(worker)
        rebalance()
        after(groupRandom.time(.second...60 * .second), .noticesFence(worker))
    }

    private func drain(_ worker: SimulatedWorker) {
        tell("drain", "\(worker.name) is asked to finish and leave")
        worker.isDraining = true
        after(groupRandom.time(30 * .second...90 * .second), .drainDeadline(worker))
        after(groupRandom.time(.second...20 * .second), .startWorker)
        drive(worker) { $0.loop.phaseChanged(.draining) }
    }

    private func truncate() {
        let candidates = (0..<(Priority.allCases.count * scenario.partitions)).filter { index in
            log.partitions[index].records.count > read(index)
        }
        guard !candidates.isEmpty else { return }
        let index = groupRandom.pick(candidates)
        let partition = log.partitions[index]
        let slot = groupRandom.int((read(index) + 1)...partition.records.count)
        lose(partition.records[partition.firstSlot..<slot].filter { !$0.isKnownFinished })
        log.truncate(index, below: slot)
        if (group.committed[index]?.offset ?? 0) < log.partitions[index].startOffset {
            // The next owner begins anew, without the completed-offset set that was committed with the lost offset.
            for record in log.partitions[index].records[slot...] { record.isKnownFinished = false }
        }
        tell("truncate", "retention takes \(name(log.source(index))) up to \(log.partitions[index].startOffset)")
    }

    /// Its owner must notice, and begin anew with what is there; a retry topic loses nothing.
    private func rollBack() {
        let owners = workers.filter { $0.isRunning && !$0.isDraining && !$0.isFenced && group.isMember($0) }
        let candidates = owners.flatMap { owner in
            (owner.running?.consumer.assigned ?? [])
                .filter { log.source($0).isInvalidation && log.partitions[$0].count > 1 }
                .map { (owner, $0) }
        }
        guard !group.isRebalancing, !candidates.isEmpty else { return }
        // Where records behind the committed offset are finished, the set of them outlives their records.
        let withSets = candidates.filter { cutToCompleted($0.1) != nil }
        let isSetLeft = !withSets.isEmpty && groupRandom.chance(0.7)
        let (owner, index) = groupRandom.pick(isSetLeft ? withSets : candidates)
        let count = groupRandom.int(1...(log.partitions[index].count - 1))
        lose(log.cutEnd(index, isSetLeft ? cutToCompleted(index) ?? count : count))
        // What is still there is read once more; where the committed offset still means something, what lies behind it.
        let committed = group.committed[index]?.offset ?? 0
        let isBeyond = committed > log.partitions[index].nextOffset
        for record in log.partitions[index].records where isBeyond || record.offset >= committed {
            record.isKnownFinished = false
        }
        tell("rollback", "\(name(log.source(index))) goes back to \(log.partitions[index].nextOffset)")
        see(.rolledBack(index))
        owner.outdated.insert(index)
        owner.running?.consumer.logWentBack(index)
        // The machine that lost the tail may have taken the worker with it: then the next owner must notice.
        if groupRandom.chance(0.5) { return crash(owner, "as its log goes back") }
        // The next fetch fails.
        planTurn(owner, after: .millisecond)
    }

    /// So many records stand from the first on that the committed set names; nil where it names none, or all.
    private func cutToCompleted(_ index: Int) -> Int? {
        let partition = log.partitions[index]
        guard let committed = group.committed[index], let first = DoneOffsets(committed).runs.first else { return nil }
        let count = partition.records.count - partition.slot(of: first.lowerBound)
        return (1..<partition.count).contains(count) ? count : nil
    }

    /// What was published is gone; its readers must notice.
    private func remake() {
        let topic = groupRandom.int(0...(Priority.allCases.count - 1))
        let forgetsCommits = groupRandom.chance(0.5)
        for partition in 0..<scenario.partitions {
            let index = log.index(SourcePartition(topic: topic, partition: Int32(partition)))
            lose(log.remake(index))
            if forgetsCommits { group.forgetCommit(index) }
            see(.rolledBack(index))
            for worker in workers where worker.isRunning && worker.running?.consumer.positions[index] != nil {
                worker.outdated.insert(index)
                worker.running?.consumer.logWentBack(index)
                planTurn(worker, after: .millisecond)
            }
        }
        tell("remake", "the topic of \(name(SourcePartition(topic: topic, partition: 0))) is made again")
    }

    /// The log holds these records no more, and nothing is promised for their requests.
    private func lose(_ records: [LogRecord]) {
        for record in records {
            record.isTruncated = true
            record.request.map { oracle.requests[$0].isExcused = true }
        }
    }

    /// How many records of the partition its owner has read, or has finished before.
    private func read(_ index: Int) -> Int {
        let position = workers.lazy.reversed().compactMap { $0.isRunning ? $0.running?.consumer.positions[index] : nil }
            .first
        if let position { return log.partitions[index].slot(of: position) }
        return log.partitions[index].slot(of: group.committed[index]?.offset ?? 0)
    }
}
