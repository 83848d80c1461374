// Which partitions are ours.
extension WorkerCore {
    /// How long a look through a retry partition may take without a record: its end may have been deleted.
    private static let surveyPatience = Duration.seconds(10)

    mutating func assign(_ assigned: [AssignedPartition]) {
        let known = assigned.map(\.source).filter { partitionPlaces[$0] != nil }
        precondition(known.isEmpty || fault == .lateCompletion, "assigned twice without a revocation between")
        forget(known)
        if let count = assigned.lazy.compactMap(\.topicPartitions).first { partitionsInAll = count }
        for partition in assigned {
            var desk = PartitionDesk(partition, trustsMetadata: fault == .trustMetadata)
            if fault == .dropMetadata { desk.ledger = OffsetLedger(from: partition.next) }
            if partition.source.tier != nil, !settings.strictNamespaces.isEmpty, let end = partition.end,
                end > partition.next
            {
                desk.survey = .reading(end: end, lastSeen: partition.next - 1)
            }
            let place = partitions.insert(desk)
            partitionPlaces[partition.source] = place
            if partitions[place].survey != nil { watchSurvey(place, lastSeen: partition.next - 1) }
        }
        shareLimits()
        let outdated = assigned.compactMap { partitionPlaces[$0.source] }.filter { partitions[$0].committed == nil }
        if !outdated.isEmpty { commit(outdated) }
    }

    /// Hands over what is finished and forgets the rest: the next owner reads it again.
    mutating func revoke(_ sources: [SourcePartition]) {
        commit(sources.compactMap { partitionPlaces[$0] })
        guard fault != .lateCompletion else { return }
        forget(sources)
        shareLimits()
    }

    /// Lets go of the partitions and of all records read from them. Purges under way go on; nobody waits for them.
    private mutating func forget(_ sources: [SourcePartition]) {
        guard !sources.isEmpty else { return }
        let places = Set(sources.compactMap { partitionPlaces[$0] })
        for place in records.places where records.isUsed(place) && places.contains(records[place].partition) {
            drop(place)
        }
        for source in sources {
            guard let place = partitionPlaces[source] else { continue }
            partitionPlaces[source] = nil
            partitions.remove(place)
        }
        strictOrder.forget(partitions: Set(sources.map(\.partition)))
        recentDeferrals = RecentDeferrals()
        for edge in desks.indices { pump(edge) }
    }

    /// The record goes without an ending.
    mutating func drop(_ place: Int) {
        for target in records[place].targets.indices where records[place].targets[target].stage != .settled {
            leaveLane(place, target)
            records[place].targets[target].stage = .settled
        }
        free(place)
    }

    /// A worker gets as much of an edge's limits as it has of the partitions.
    private mutating func shareLimits() {
        let owned = partitionPlaces.places.reduce(0) { $0 + (partitions[$1].source.priority == .normal ? 1 : 0) }
        let share = Double(owned) / Double(max(1, partitionsInAll, owned))
        for edge in desks.indices { desks[edge].limits.setShare(share) }
        for account in accounts.indices { accounts[account].setShare(share) }
        let retries = partitionPlaces.places.reduce(0) { $0 + (partitions[$1].source.tier == nil ? 0 : 1) }
        let most = max(1, settings.parkedInAllMax / max(1, retries))
        delayedPerPartition = min(settings.parkedMax, most)
    }

    // MARK: - What earlier owners put off

    /// Before the first record of strict namespaces is read, all that waits on retry topics must be known.
    func isSurveyed(partition: Int32) -> Bool {
        guard !settings.strictNamespaces.isEmpty else { return true }
        return !tierDelays.indices.contains { tier in
            partitionPlaces[SourcePartition(tier: tier, partition: partition)].map { partitions[$0].survey != nil }
                ?? false
        }
    }

    /// Whether all that waits on the partition's retry topics is known.
    func isLearned(partition: Int32) -> Bool {
        for tier in tierDelays.indices {
            guard let place = partitionPlaces[SourcePartition(tier: tier, partition: partition)] else { continue }
            if case .reading = partitions[place].survey { return false }
        }
        return true
    }

    /// Learns from a record that is read for the first of two times.
    ///
    /// - Returns: whether it is to be taken in as well, because it is the second time.
    mutating func survey(_ record: IncomingRecord, partition: Int) -> Bool {
        let offset = record.position.offset
        switch partitions[partition].survey {
        case nil: return true
        case .rewinding(let lastSeen):
            // What was on the way when the second reading was asked for comes before it.
            guard offset <= lastSeen else { return false }
            partitions[partition].survey = nil
            return true
        case .reading(let end, let lastSeen):
            guard offset > lastSeen else { return false }
            if offset < end { learn(record, partition: partition) }
            partitions[partition].survey = .reading(end: end, lastSeen: offset)
            if offset >= end - 1 { rewind(partition, lastSeen: offset) }
            return false
        }
    }

    private mutating func watchSurvey(_ partition: Int, lastSeen: Int64) {
        remind(.surveyOver(partitions.key(partition), lastSeen: lastSeen), after: Self.surveyPatience)
    }

    /// - Parameter lastSeen: what had been seen when the watch began.
    mutating func surveyStalled(_ key: PoolKey, _ lastSeen: Int64) {
        guard partitions.holds(key) else { return }
        let partition = key.index
        switch partitions[partition].survey {
        case nil: return
        case .reading(_, let seen) where seen > lastSeen: watchSurvey(partition, lastSeen: seen)
        case .reading: rewind(partition, lastSeen: lastSeen)
        // The first reading ended meanwhile, and the second one is watched by a reminder of its own.
        case .rewinding(let end) where end != lastSeen: return
        case .rewinding where !isLearned(partition: partitions[partition].source.partition):
            watchSurvey(partition, lastSeen: lastSeen)
        // The records it looked at are gone by now, so nothing comes twice.
        case .rewinding: partitions[partition].survey = nil
        }
    }

    private mutating func rewind(_ partition: Int, lastSeen: Int64) {
        let next = partitions[partition].ledger.watermark
        let source = partitions[partition].source
        guard lastSeen >= next else {
            partitions[partition].survey = nil
            return
        }
        partitions[partition].survey = .rewinding(lastSeen: lastSeen)
        actions.append(.reread(source, from: next))
        watchSurvey(partition, lastSeen: lastSeen)
    }

    private mutating func learn(_ record: IncomingRecord, partition: Int) {
        guard let note = record.retry, let invalidation = try? record.content.get(),
            namespaces.isStrict(invalidation.namespace),
            !partitions[partition].ledger.wasFinishedBefore(record.position.offset)
        else { return }
        for part in note.parts where part.step == .first {
            guard let edge = edgePlaces[part.edge] else { continue }
            strictOrder.insert(
                note.origin.offset,
                StrictOrder.Line(
                    partition: record.position.source.partition, namespace: invalidation.namespace, edge: edge,
                    priority: priority(of: record)))
        }
    }
}
