internal import Invalidations

// Who works on which partitions.
extension World {
    private static let workersMax = 4

    func startWorker() {
        guard workers.count(where: { $0.isRunning && !$0.isDraining }) < Self.workersMax else { return }
        let offMost = scenario.settings.clockSkew.nanoseconds / .millisecond / 2
        let core = WorkerCore(
            edges: scenario.edges.map(\.profile), settings: scenario.settings, random: workerRandom.fork())
        let worker = SimulatedWorker(
            number: workers.count, core: core, partitions: scenario.partitions, sources: log.partitions.count,
            monotonicOffset: workerRandom.time(0...1_000 * .hour), wallOffset: workerRandom.time(-offMost...offMost))
        workers.append(worker)
        tell("start", "\(worker.name) starts")
        group.join(worker)
        rebalance()
    }

    func rebalance() {
        for worker in group.beginRebalance() { after(groupRandom.time(0...3 * .second), .giveUp(worker)) }
        finishRebalance()
    }

    /// A member of the old generation hears of the rebalance: it may still commit what it has finished.
    func giveUp(_ worker: SimulatedWorker) {
        guard worker.isRunning, group.waits(for: worker) else { return }
        revoke(worker, "gives up")
        group.gaveUp(worker)
        finishRebalance()
    }

    func assign(_ worker: SimulatedWorker, generation: Int, partitions: [Int]) {
        guard worker.isRunning, worker.generation == generation, !group.isRebalancing, group.isMember(worker),
            !partitions.isEmpty
        else { return }
        let sources = partitions.flatMap { log.indices(ofPartition: $0) }.sorted()
        let assigned = sources.map { point(of: $0, for: worker) }
        worker.sources = sources
        for partition in partitions {
            worker.ownsSince[partition] = now
            worker.epochs[partition] += 1
        }
        tellAssigned(worker, partitions)
        see(.assigned(worker, assigned))
        handle(.assigned(assigned), at: worker)
        planTurn(worker, after: .millisecond)
    }

    func sessionEnds(_ worker: SimulatedWorker) {
        tell("group", "the group misses \(worker.name)")
        group.leave(worker)
        rebalance()
    }

    func noticesFence(_ worker: SimulatedWorker) {
        guard worker.isRunning, worker.isFenced else { return }
        revoke(worker, "notices that it has lost")
        // It may have died of that.
        guard worker.isRunning else { return }
        worker.isFenced = false
        guard !worker.isDraining else { return crash(worker, "because it was asked to stop") }
        group.join(worker)
        rebalance()
    }

    /// Carries out a commit as far as the broker takes it.
    func commit(_ points: [SourcePartition: CommitPoint], _ worker: SimulatedWorker) {
        let isTaken =
            group.takesCommits(of: worker)
            && !(isChaos && brokerRandom.chance(scenario.broker.refusesCommits))
        let sources = points.keys.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
        for source in sources {
            guard let point = points[source] else { continue }
            counts.commits += 1
            see(.commit(worker, source, point, isTaken: isTaken))
            if isTaken { group.commit(log.index(source), point) }
            tellCommit(source, point, worker, isTaken: isTaken)
        }
        if !isTaken { after(brokerRandom.time(.millisecond...2 * .second), .commitRefused(worker, sources)) }
    }

    /// It finished all it had: it leaves, and another one may come.
    func drained(_ worker: SimulatedWorker) {
        tell("drained", "\(worker.name) has finished what it had, and leaves")
        end(worker)
        group.leave(worker)
        rebalance()
    }

    func crash(_ worker: SimulatedWorker, _ when: String) {
        guard worker.isRunning else { return }
        counts.crashes += 1
        tell("crash", "\(worker.name) dies \(when)")
        // What it has handed to the network still arrives.
        worker.lastWordAt = now + groupRandom.time(0...6 * .millisecond)
        end(worker)
        if group.isMember(worker) { after(groupRandom.time(.second...30 * .second), .sessionEnds(worker)) }
        after(groupRandom.time(500 * .millisecond...40 * .second), .startWorker)
    }

    private func end(_ worker: SimulatedWorker) {
        worker.isRunning = false
        worker.ownsSince = worker.ownsSince.map { _ in nil }
        see(.gone(worker))
    }

    private func revoke(_ worker: SimulatedWorker, _ how: String) {
        guard !worker.sources.isEmpty else { return }
        tell("revoke", "\(worker.name) \(how) its partitions")
        let sources = worker.sources.map { log.source($0) }
        worker.sources = []
        handle(.revoked(sources), at: worker)
        worker.ownsSince = worker.ownsSince.map { _ in nil }
        worker.begun.removeAll()
        if worker.isRunning { see(.revoked(worker)) }
    }

    private func finishRebalance() {
        guard let shares = group.completeRebalance(partitions: scenario.partitions) else { return }
        counts.rebalances += 1
        for (worker, partitions) in shares {
            after(
                groupRandom.time(.millisecond...200 * .millisecond),
                .assign(worker, generation: group.generation, partitions: partitions))
        }
    }

    /// Where the worker begins to read: what retention took away is not there to be skipped.
    func point(of index: Int, for worker: SimulatedWorker) -> AssignedPartition {
        let source = log.source(index)
        let partition = log.partitions[index]
        let isScanned = source.tier != nil && !scenario.settings.strictNamespaces.isEmpty
        // Of retry topics the end says that they are to be looked through; of others it bounds what can be finished.
        let end = isScanned || source.tier == nil ? partition.nextOffset : nil
        if let committed = group.committed[index], partition.canRead(from: committed.offset),
            committed.offset <= partition.nextOffset
        {
            worker.slots[index] = partition.slot(of: committed.offset)
            worker.finishedBefore[index] = DoneOffsets(committed, below: partition.nextOffset)
            return AssignedPartition(source, next: committed.offset, metadata: committed.metadata, end: end)
        }
        worker.slots[index] = partition.firstPlace
        worker.finishedBefore[index] = DoneOffsets()
        let isAnew = (group.committed[index]?.offset ?? 0) > partition.nextOffset
        return AssignedPartition(source, next: partition.startOffset, end: end, isAnew: isAnew)
    }
}
