// Assignment: partitions that the group gives, and takes away.
extension WorkerCore {
    /// How long a recovery scan may go on without a record: its end may have been deleted.
    private static let recoveryScanPatience = Duration.seconds(10)

    mutating func addPartitions(_ assigned: [AssignedPartition]) {
        let known = assigned.map(\.source).filter { partitionIndices[$0] != nil }
        precondition(known.isEmpty, "assigned twice without a revocation between")
        forget(known)
        if let count = assigned.lazy.compactMap(\.topicPartitions).first { partitionsInAll = count }
        for partition in assigned {
            let isRetryOfStrict = partition.source.tier != nil && !settings.strictNamespaces.isEmpty
            let index = partitions.insert(PartitionTracker(partition, scansBacklog: isRetryOfStrict))
            partitionIndices[partition.source] = index
            if partitions[index].recoveryScan != nil { watchRecoveryScan(index, lastSeen: partition.next - 1) }
        }
        shareLimits()
        let outdated = assigned.compactMap { partitionIndices[$0.source] }.filter { partitions[$0].isCommitOutdated }
        if !outdated.isEmpty { commit(outdated) }
    }

    /// Commits what is finished and forgets the open records: the next owner reads them again.
    mutating func revoke(_ sources: [SourcePartition]) {
        commit(sources.compactMap { partitionIndices[$0] })
        forget(sources)
        shareLimits()
    }

    /// Lets go of the partitions and of all records read from them. Purges under way go on; nobody waits for them.
    private mutating func forget(_ sources: [SourcePartition]) {
        guard !sources.isEmpty else { return }
        let indices = Set(sources.compactMap { partitionIndices[$0] })
        for index in records.indices where records.isUsed(index) && indices.contains(records[index].partition) {
            drop(index)
        }
        for source in sources {
            guard let index = partitionIndices[source] else { continue }
            partitionIndices[source] = nil
            partitions.remove(index)
        }
        strictSequencer.forget(partitions: Set(sources.map(\.partition)))
        recentRetries = RecentRetries()
        for edge in runtimes.indices { queues.schedule(edge) }
    }

    /// The record goes without an ending.
    mutating func drop(_ index: Int) {
        for target in records[index].request.targets.indices where records[index].request[target].stage != .settled {
            let stage = records[index].request[target].stage
            records[index].request.settle(target, as: .cancelled)
            leaveLane(index, target, from: stage)
        }
        free(index)
    }

    /// A worker gets as much of an edge's limits as it has of the partitions.
    private mutating func shareLimits() {
        let owned = partitionIndices.indices.reduce(0) { $0 + (partitions[$1].source.priority == .normal ? 1 : 0) }
        let share = Double(owned) / Double(max(1, partitionsInAll, owned))
        for edge in runtimes.indices { runtimes[edge].setShare(share) }
        for account in accounts.indices { accounts[account].setShare(share) }
        let retries = partitionIndices.indices.reduce(0) { $0 + (partitions[$1].source.isInvalidation ? 0 : 1) }
        let most = max(1, settings.delayedInAllMax / max(1, retries))
        delayedPerPartition = min(settings.delayedMax, most)
    }

    // MARK: - What earlier owners deferred

    /// Before the first record of strict namespaces is read, all that waits on retry topics must be known.
    func isRecoveryScanned(partition: Int32) -> Bool {
        guard !settings.strictNamespaces.isEmpty else { return true }
        return !tierDelays.indices.contains { tier in
            partitionIndices[SourcePartition(tier: tier, partition: partition)].map {
                partitions[$0].recoveryScan != nil
            }
                ?? false
        }
    }

    /// Whether all that waits on the partition's retry topics is known.
    func isBacklogKnown(partition: Int32) -> Bool {
        for tier in tierDelays.indices {
            guard let index = partitionIndices[SourcePartition(tier: tier, partition: partition)] else { continue }
            if partitions[index].isReadingBacklog { return false }
        }
        return true
    }

    /// Learns from a record that is read for the first of two times.
    ///
    /// - Returns: whether it is to be taken in as well, because it is the second time.
    mutating func recoveryScan(_ record: IncomingRecord, partition: Int) -> Bool {
        let (step, rereadFrom) = partitions[partition].scan(record.position.offset)
        if step == .remember { rememberStrictRetry(record) }
        if let rereadFrom { reread(partition, from: rereadFrom, lastSeen: record.position.offset) }
        return step == .process
    }

    private mutating func watchRecoveryScan(_ partition: Int, lastSeen: Int64) {
        remind(.recoveryScanStalled(partitions.key(partition), lastSeen: lastSeen), after: Self.recoveryScanPatience)
    }

    /// - Parameter lastSeen: what had been seen when the watch began.
    mutating func recoveryScanStalled(_ key: PoolKey, _ lastSeen: Int64) {
        guard partitions.holds(key) else { return }
        let partition = key.index
        switch partitions[partition].recoveryScan {
        case nil: return
        case .reading(_, let seen) where seen > lastSeen: watchRecoveryScan(partition, lastSeen: seen)
        case .reading:
            if let next = partitions[partition].rewind(lastSeen: lastSeen) {
                reread(partition, from: next, lastSeen: lastSeen)
            }
        // The first reading ended meanwhile, and the second one is watched by a reminder of its own.
        case .rewinding(let end) where end != lastSeen: return
        case .rewinding where !isBacklogKnown(partition: partitions[partition].source.partition):
            watchRecoveryScan(partition, lastSeen: lastSeen)
        // The records it looked at are gone by now, so nothing comes twice.
        case .rewinding: partitions[partition].endRecoveryScan()
        }
    }

    private mutating func reread(_ partition: Int, from next: Int64, lastSeen: Int64) {
        actions.append(.reread(partitions[partition].source, from: next))
        watchRecoveryScan(partition, lastSeen: lastSeen)
    }

    private mutating func rememberStrictRetry(_ record: IncomingRecord) {
        guard let retry = record.retry, retry.replay == nil, let invalidation = try? record.content.get(),
            namespaces.isStrict(invalidation.namespace), invalidation.notBefore.map({ $0 <= now.wall }) ?? true
        else { return }
        for part in retry.parts where part.step == .first {
            guard let edge = edgeIndices[part.edge] else { continue }
            strictSequencer.addDeferred(
                retry.origin.offset,
                StrictOrder.Line(
                    partition: record.position.source.partition, namespace: invalidation.namespace, edge: edge,
                    priority: priority(of: record)))
        }
    }
}
