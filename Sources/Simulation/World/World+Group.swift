internal import Invalidations
internal import Kafka
internal import TopicCatalogue
internal import Workers

// Who works on which partitions.
extension World {
    func join(_ worker: SimulatedWorker) {
        guard worker.isRunning else { return }
        group.join(worker)
        rebalance()
    }

    func leave(_ worker: SimulatedWorker) {
        if worker.isRunning { group.leave(worker) }
    }

    func rebalance() {
        for worker in group.beginRebalance() { after(groupRandom.time(0...3 * .second), .giveUp(worker)) }
        finishRebalance()
    }

    /// A member of the old generation hears of the rebalance: it may still commit what it has finished.
    func giveUp(_ worker: SimulatedWorker) {
        guard worker.isRunning, group.waits(for: worker) else { return }
        tell("revoke", "\(worker.name) gives up its partitions")
        told(worker, .revoked(partitions(of: worker), lost: false))
    }

    /// The worker has answered a revocation.
    func gaveUp(_ worker: SimulatedWorker) {
        forgetPartitions(of: worker)
        group.gaveUp(worker)
        if worker.isFenced {
            worker.isFenced = false
            guard !worker.isDraining else { return }
            group.join(worker)
            return rebalance()
        }
        finishRebalance()
    }

    func assignPartitions(_ partitions: [Int], to worker: SimulatedWorker, generation: Int) {
        guard worker.isRunning, worker.generation == generation, !group.isRebalancing, group.isMember(worker),
            !partitions.isEmpty
        else { return }
        let sources = partitions.flatMap { log.indices(ofPartition: $0) }.sorted().map { log.source($0) }
        told(worker, .assigned(sources.map { topics[$0] }))
    }

    /// The worker's core is about to hear of its partitions.
    func assigned(_ worker: SimulatedWorker, _ assigned: [AssignedPartition]) {
        if worker.ownedPartitions > 0 { forgetPartitions(of: worker) }
        worker.outdated = []
        let partitions = Set(assigned.map { Int($0.source.partition) }).sorted()
        for partition in partitions {
            worker.ownsSince[partition] = now
            worker.epochs[partition] += 1
        }
        for partition in assigned {
            let index = log.index(partition.source)
            let committed = group.committed[index]
            let isSame = committed?.offset == partition.next && !partition.isAnew && !log.partitions[index].wentBack
            worker.finishedBefore[index] =
                isSame
                ? committed.map { DoneOffsets($0, below: log.partitions[index].nextOffset) } ?? DoneOffsets()
                : DoneOffsets()
        }
        tellAssigned(worker, partitions)
        see(.assigned(worker, assigned))
    }

    private func forgetPartitions(of worker: SimulatedWorker) {
        worker.ownsSince = worker.ownsSince.map { _ in nil }
        worker.begun.removeAll()
        see(.revoked(worker))
    }

    private func partitions(of worker: SimulatedWorker) -> [TopicPartition] {
        (worker.running?.consumer.assigned ?? []).map { topics[log.source($0)] }
    }

    func sessionEnds(_ worker: SimulatedWorker) {
        tell("group", "the group misses \(worker.name)")
        group.leave(worker)
        rebalance()
    }

    func noticesFence(_ worker: SimulatedWorker) {
        guard worker.isRunning, worker.isFenced else { return }
        guard !worker.isDraining else { return crash(worker, "because it was asked to stop") }
        tell("revoke", "\(worker.name) notices that it has lost its partitions")
        told(worker, .revoked(partitions(of: worker), lost: true))
    }

    /// - Returns: whether the broker takes it.
    func commit(_ offsets: [CommitOffset], _ worker: SimulatedWorker) -> Bool {
        let isTaken =
            group.acceptsCommits(of: worker) && !(isChaos && brokerRandom.chance(scenario.broker.refusesCommits))
        let points = offsets.compactMap { offset in topics.source(of: offset.partition).map { ($0, offset) } }
            .sorted { ($0.0.topic, $0.0.partition) < ($1.0.topic, $1.0.partition) }
        for (source, offset) in points {
            counts.commits += 1
            let completed = CommitMetadata(text: offset.metadata).completed
            let point = CommitPoint(offset: offset.offset, metadata: completed)
            see(.commit(worker, source, point, isTaken: isTaken))
            if isTaken {
                group.commit(log.index(source), CommitPoint(offset: offset.offset, metadata: offset.metadata))
            }
            tellCommit(source, point, worker, isTaken: isTaken)
        }
        return isTaken
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
}
