// Commit points, and guards against records that hold them back.
extension WorkerCore {
    /// Commits cost the broker something: not more often than this, however much is finished.
    private static let commitIntervalMin = Duration.milliseconds(100).nanoseconds
    /// How often the guards look.
    private static let guardInterval = Duration.seconds(1)
    /// What has been open for less is not deferred for want of capacity.
    private static let patience = Duration.seconds(1)
    /// Records that a guard defers at one look, in one partition.
    private static let relievedAtOnce = 256

    mutating func commitIfDue() {
        guard finishedSinceCommit > 0 else { return }
        if finishedSinceCommit >= settings.commitEvery,
            now.monotonic - lastCommitAt >= Self.commitIntervalMin
        {
            commit(partitionIndices.indices)
        } else if !isCommitTimerSet {
            isCommitTimerSet = true
            remind(.commit, after: settings.commitInterval)
        }
    }

    /// A commit that was refused is repeated with the next one; until then a restart would only read more again.
    mutating func commitAgain(_ sources: [SourcePartition]) {
        for source in sources {
            guard let partition = partitionIndices[source] else { continue }
            partitions[partition].committed = nil
            partitions[partition].hasNews = true
        }
        isCommitTimerSet = true
        remind(.commit, after: settings.commitInterval)
    }

    mutating func commit(_ indices: [Int]) {
        finishedSinceCommit = 0
        lastCommitAt = now.monotonic
        var points: [SourcePartition: CommitPoint] = [:]
        for index in indices where partitions[index].hasNews {
            partitions[index].hasNews = false
            let point = commitPoint(index)
            guard point != partitions[index].committed else { continue }
            precondition(
                point.offset >= partitions[index].committed?.offset ?? 0, "a commit would go back to \(point.offset)")
            partitions[index].committed = point
            points[partitions[index].source] = point
        }
        if !points.isEmpty { actions.append(.commit(points)) }
    }

    private mutating func commitPoint(_ index: Int) -> CommitPoint {
        let offset = partitions[index].offsets.watermark
        let done = partitions[index].offsets.completedOffsets()
        let metadata = done.metadata(offset: offset)
        // Correct without, too: then more is read again.
        partitions[index].isTooWide = metadata == nil
        if metadata == nil { watchGuards() }
        return CommitPoint(offset: offset, metadata: metadata ?? "")
    }

    // MARK: - Guards

    mutating func watchGuards() {
        guard !isGuardTimerSet else { return }
        isGuardTimerSet = true
        remind(.guards, after: Self.guardInterval)
    }

    /// Looks after what stands still: no record may hold back the offsets of its partition, or the room of all.
    mutating func runGuards() {
        isGuardTimerSet = false
        records.dropUnusedIndex(now: now.monotonic)
        guard records.count > 0 else { return }
        watchGuards()
        for partition in partitions.indices {
            if partitions[partition].isTooWide { partitions[partition].hasNews = true }
            deferBlockers(partition)
        }
        if partitions.indices.contains(where: { partitions[$0].isTooWide }) { commit(partitionIndices.indices) }
        for partition in partitions.indices { freeRetryCapacity(of: partition) }
        for index in records.indices where records[index].phase == .delayed && isDue(index) { startParts(index) }
        for edge in runtimes.indices {
            if runtimes[edge].breaker.state == .halfOpen, !isProbing(edge) { sendProbe(edge) }
            fillUp(edge)
        }
    }

    /// Before the span of a partition, or the room of all, is used up.
    mutating func relievePressure(_ partition: Int) {
        let isSpanNearlyFull = partitions[partition].offsets.span >= bounds.spanNearlyFull
        if isSpanNearlyFull, openRecords > 0, isWorthRelieving(partition) { deferBlockers(partition) }
        if openRecords >= bounds.openNearlyFull { freeCapacity() }
    }

    /// Whether an edge could do more if the partition were read on. Retry topics have no order to keep.
    private mutating func isWorthRelieving(_ partition: Int) -> Bool {
        partitions[partition].source.tier != nil || hasStarvedEdge()
    }

    /// Defers the oldest records of a partition while they hold back too much.
    private mutating func deferBlockers(_ partition: Int) {
        guard canDefer, isWorthRelieving(partition) else { return }
        var left = Self.relievedAtOnce
        for index in blockers(of: partition) where left > 0 {
            // A retry has nothing behind it that waits for its offset: deferred for that alone, it would never get its turn
            // at an edge that is slow.
            let isTooOld =
                records[index].tier == nil
                && now.monotonic - records[index].startedAt >= settings.blockedTimeMax.nanoseconds
            let span = partitions[partition].offsets.next - records[index].position.offset
            let isTooFar = span >= (records[index].tier == nil ? bounds.spanNearlyFull : bounds.retrySpanMax)
            guard isTooOld || isTooFar || partitions[partition].isTooWide else { return }
            // What was sent just now may end just now.
            guard records[index].tier != nil || isPatienceOver(index) && isInTheWay(index)
            else { continue }
            if deferRest(index) { left -= 1 }
        }
    }

    /// The first of the records that are not finished, in the order of their offsets.
    private func blockers(of partition: Int) -> [Int] {
        partitions[partition].offsets.unfinished(max: Self.relievedAtOnce * 2)
    }

    /// Defers a few of those that take the longest: an edge that is slower than the others must not use up the room
    /// of all. Where no other edge waits, the reading may.
    private mutating func freeCapacity() {
        guard canDefer, runtimes.count > 1, hasStarvedEdge() else { return }
        for _ in 0..<2 {
            guard let index = records.longestAtWork, isPatienceOver(index), deferRest(index)
            else { return }
        }
    }

    private func isPatienceOver(_ index: Int) -> Bool {
        now.monotonic - records[index].startedAt >= Self.patience.nanoseconds
    }

    /// - Returns: whether there was anything to defer: not while it is delayed, or already ending.
    mutating func deferRest(_ index: Int) -> Bool {
        guard records[index].phase == .purging, records[index].invalidation != nil else { return false }
        settleRest(index, as: .deferred(.blocking))
        return true
    }
}
