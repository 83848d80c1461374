// Which offset is safe, and what must not hold it back.
extension WorkerCore {
    /// Commits cost the broker something: not more often than this, however much is finished.
    private static let commitIntervalMin = Duration.milliseconds(100).nanoseconds
    /// How often the guards look.
    private static let guardInterval = Duration.seconds(1)
    /// What has been open for less is not put off for want of room.
    private static let patience = Duration.seconds(1)
    /// Records that a guard puts off at one look, in one partition.
    private static let relievedAtOnce = 256

    mutating func commitIfDue() {
        guard finishedSinceCommit > 0 else { return }
        if finishedSinceCommit >= settings.commitEvery,
            now.monotonic - lastCommitAt >= Self.commitIntervalMin
        {
            commit(partitionPlaces.places)
        } else if !isCommitTimerSet {
            isCommitTimerSet = true
            remind(.commit, after: settings.commitInterval)
        }
    }

    /// A commit that was refused is repeated with the next one; until then a restart would only read more again.
    mutating func commitAgain(_ sources: [SourcePartition]) {
        for source in sources {
            guard let partition = partitionPlaces[source] else { continue }
            partitions[partition].committed = nil
            partitions[partition].hasNews = true
        }
        isCommitTimerSet = true
        remind(.commit, after: settings.commitInterval)
    }

    mutating func commit(_ places: [Int]) {
        finishedSinceCommit = 0
        lastCommitAt = now.monotonic
        var points: [SourcePartition: CommitPoint] = [:]
        for place in places where partitions[place].hasNews {
            partitions[place].hasNews = false
            let point = commitPoint(place)
            guard point != partitions[place].committed else { continue }
            precondition(
                point.offset >= partitions[place].committed?.offset ?? 0, "a commit would go back to \(point.offset)")
            partitions[place].committed = point
            points[partitions[place].source] = point
        }
        if !points.isEmpty { actions.append(.commit(points)) }
    }

    private mutating func commitPoint(_ place: Int) -> CommitPoint {
        let offset = partitions[place].ledger.watermark
        var done = partitions[place].ledger.doneSet()
        if fault == .overstateDoneSet, partitions[place].ledger.span > 1 {
            done = DoneSet()
            done.append((offset + 1)...(partitions[place].ledger.next - 1))
        }
        let metadata = done.metadata(offset: offset)
        // Correct without, too: then more is read again.
        partitions[place].isTooWide = metadata == nil
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
        requestIndex.dropIfUnused(now: now.monotonic)
        guard records.count > 0 else { return }
        watchGuards()
        for partition in partitions.places {
            if partitions[partition].isTooWide { partitions[partition].hasNews = true }
            unblock(partition)
        }
        if partitions.places.contains(where: { partitions[$0].isTooWide }) { commit(partitionPlaces.places) }
        for partition in partitions.places { clearTheWay(of: partition) }
        for place in records.places where records[place].phase == .parked && isDue(place) { startParts(place) }
        for edge in desks.indices {
            if desks[edge].breaker.state == .halfOpen, !isProbing(edge) { sendProbe(edge) }
            fillUp(edge)
        }
    }

    /// Before the span of a partition, or the room of all, is used up.
    mutating func relieve(_ partition: Int) {
        let isSpanNearlyFull = partitions[partition].ledger.span >= bounds.spanNearlyFull
        if isSpanNearlyFull, records.count > parkedRecords, isWorthRelieving(partition) { unblock(partition) }
        if openRecords >= bounds.openNearlyFull { makeRoom() }
    }

    /// Whether an edge could do more if the partition were read on. Retry topics have no order to keep.
    private mutating func isWorthRelieving(_ partition: Int) -> Bool {
        partitions[partition].source.tier != nil || fault == .deferBacklog || hasStarvedEdge()
    }

    /// Defers the oldest records of a partition while they hold back too much.
    private mutating func unblock(_ partition: Int) {
        guard canPutOff, isWorthRelieving(partition) else { return }
        var left = Self.relievedAtOnce
        for place in blockers(of: partition) where left > 0 {
            // A retry has nothing behind it that waits for its offset: put off for that alone, it would never get its turn
            // at an edge that is slow.
            let isTooOld =
                records[place].tier == nil
                && now.monotonic - records[place].startedAt >= settings.blockedTimeMax.nanoseconds
            let span = partitions[partition].ledger.next - records[place].position.offset
            let isTooFar = span >= (records[place].tier == nil ? bounds.spanNearlyFull : bounds.retrySpanMax)
            guard isTooOld || isTooFar || partitions[partition].isTooWide else { return }
            // What was sent just now may end just now.
            guard records[place].tier != nil || isPatienceOver(place) && (fault == .deferBacklog || isInTheWay(place))
            else { continue }
            if putOffRest(place) { left -= 1 }
        }
    }

    /// The first of the records that are not finished, in the order of their offsets.
    private func blockers(of partition: Int) -> [Int] {
        partitions[partition].ledger.unfinished(max: Self.relievedAtOnce * 2)
    }

    /// Defers a few of those that take the longest: an edge that is slower than the others must not use up the room
    /// of all. Where no other edge waits, the reading may.
    private mutating func makeRoom() {
        guard canPutOff, desks.count > 1, fault == .deferBacklog || hasStarvedEdge() else { return }
        for _ in 0..<2 {
            let place = Int(reported.first)
            guard reported.first != ListLinks.none,
                isPatienceOver(place), putOffRest(place)
            else { return }
        }
    }

    private func isPatienceOver(_ place: Int) -> Bool {
        now.monotonic - records[place].startedAt >= Self.patience.nanoseconds
    }

    /// - Returns: whether there was anything to put off: not while it is parked, or already ending.
    mutating func putOffRest(_ place: Int) -> Bool {
        guard records[place].phase == .purging, records[place].invalidation != nil else { return false }
        for target in records[place].targets.indices where records[place].targets[target].stage != .settled {
            settle(place, target, .deferred, reason: .blocking)
        }
        return true
    }
}
