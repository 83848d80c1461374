// Which partitions are ours, and which offset is safe.
extension WorkerCore {
    /// Below every offset, so that any watermark is news.
    private static let nothingCommitted: Int64 = -1

    mutating func assign(_ partitions: [AssignedPartition]) {
        for (source, offset) in partitions.map({ ($0.source, $0.next) }) {
            precondition(ledgers[source] == nil, "assigned twice without a revocation between")
            epoch += 1
            ledgers[source] = OffsetLedger(from: offset, epoch: epoch)
            committed[source] = offset
        }
    }

    /// Hands over what is finished and forgets the rest: the next owner reads it again.
    mutating func revoke(_ partitions: [SourcePartition], actions: inout [WorkerAction]) {
        commit(partitions, actions: &actions)
        let revoked = Set(partitions)
        for source in partitions {
            ledgers[source] = nil
            committed[source] = nil
        }
        for place in records.places where revoked.contains(records[place].position.source) {
            records[place].isAbandoned = true
        }
        for lane in lanes.places { dropAbandoned(from: lane) }
        for place in records.places { freeIfUnreferenced(place) }
    }

    mutating func commitIfDue(now: Instant, actions: inout [WorkerAction]) {
        if isCommitDue || finishedSinceCommit >= settings.commitEvery || (isDraining && records.count == 0) {
            commit(Array(ledgers.keys), actions: &actions)
            isCommitDue = false
            finishedSinceCommit = 0
        } else if finishedSinceCommit > 0 && !isCommitTimerSet {
            isCommitTimerSet = true
            remind(.commit, after: settings.commitInterval.nanoseconds, now: now)
        }
    }

    /// A commit that was refused is repeated with the next one; until then a restart would only read more again.
    mutating func commitAgain(_ partitions: [SourcePartition], now: Instant) {
        for source in partitions where committed[source] != nil { committed[source] = Self.nothingCommitted }
        remind(.commit, after: settings.commitInterval.nanoseconds, now: now)
    }

    mutating func finishDraining(actions: inout [WorkerAction]) {
        guard isDraining, !isDrained, records.count == 0 else { return }
        isDrained = true
        actions.append(.drained)
    }

    private mutating func commit(_ partitions: [SourcePartition], actions: inout [WorkerAction]) {
        var offsets: [SourcePartition: Int64] = [:]
        for source in partitions {
            guard let ledger = ledgers[source], let last = committed[source], ledger.watermark > last else { continue }
            offsets[source] = ledger.watermark
            committed[source] = ledger.watermark
        }
        if !offsets.isEmpty { actions.append(.commit(offsets.mapValues { CommitPoint(offset: $0) })) }
    }

    private mutating func dropAbandoned(from lane: Int) {
        for place in 0..<lanes[lane].waiting.count {
            let record = lanes[lane].waiting[place].record
            if records[record].isAbandoned { records[record].references -= 1 }
        }
        lanes[lane].waiting.removeAll { records[$0.record].isAbandoned }
        removeIfIdle(lane)
    }
}
