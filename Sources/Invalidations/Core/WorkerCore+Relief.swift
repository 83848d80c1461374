internal import Basics

// Relief: records that hold up their partition, or the worker, are deferred. ReliefPolicy decides which.
extension WorkerCore {
    /// How often the guards look.
    private static let guardInterval = Duration.seconds(1)
    /// A record that has been in work for less may end by itself.
    private static let patience = Duration.seconds(1)
    /// Records of one partition that are deferred at one look.
    private static let relievedAtOnce = 256

    mutating func watchGuards() {
        guard !isGuardTimerSet else { return }
        isGuardTimerSet = true
        remind(.guards, after: Self.guardInterval)
    }

    /// Looks after records that stand still: none may hold back the offsets of its partition, or the capacity of all.
    mutating func runGuards() {
        isGuardTimerSet = false
        records.dropUnusedIndex(now: now.monotonic)
        guard records.count > 0 else { return }
        watchGuards()
        for partition in partitions.indices {
            partitions[partition].retryMetadata()
            if isWorthRelieving(partition) { deferInWork(of: partition) }
        }
        if partitions.indices.contains(where: { partitions[$0].isTooWide }) { commit(partitionIndices.indices) }
        for partition in partitions.indices { deferDelayed(of: partition) }
        for index in records.indices where records[index].phase == .delayed && isDue(index) { startParts(index) }
        for edge in runtimes.indices {
            if runtimes[edge].breakerState == .halfOpen, !isProbing(edge) { sendProbe(edge) }
            fillUp(edge)
        }
    }

    /// At each record that is read: before the span of its partition, or the capacity of all, is used up.
    mutating func relieve(_ partition: Int) {
        let isSpanNearlyFull = partitions[partition].offsets.span >= bounds.spanNearlyFull
        if isSpanNearlyFull, openRecords > 0, isWorthRelieving(partition) { deferInWork(of: partition) }
        if openRecords >= bounds.openNearlyFull { deferLongestAtWork() }
    }

    /// Whether an edge could do more if the partition were read on. Retry topics have no order to keep.
    private mutating func isWorthRelieving(_ partition: Int) -> Bool {
        guard canDefer else { return false }
        return !partitions[partition].source.isInvalidation || hasStarvedEdge()
    }

    /// The oldest records of a partition that are in work.
    private mutating func deferInWork(of partition: Int) {
        var left = Self.relievedAtOnce
        for index in partitions[partition].offsets.unfinished(max: Self.relievedAtOnce * 2) where left > 0 {
            let isRetry = !records[index].position.source.isInvalidation
            let decision = ReliefPolicy.decide(
                isRetry ? .retry : .invalidation, pressures(of: index, partition), isNew: isNew(index)
            ) { isInTheWay(index) }
            switch decision {
            case .deferParts: if deferRest(index) { left -= 1 }
            case .keep: continue
            case .stop: return
            }
        }
    }

    private func pressures(of index: Int, _ partition: Int) -> ReliefPolicy.Pressures {
        let isRetry = !records[index].position.source.isInvalidation
        var pressures: ReliefPolicy.Pressures = []
        if now.monotonic - records[index].startedAt >= settings.blockedTimeMax.nanoseconds { pressures.insert(.age) }
        let span = partitions[partition].offsets.next - records[index].position.offset
        if span >= (isRetry ? bounds.retrySpanMax : bounds.spanNearlyFull) { pressures.insert(.span) }
        if partitions[partition].isTooWide { pressures.insert(.metadata) }
        return pressures
    }

    /// A few of the records that are in work the longest: an edge that is slower than the others must not use up the
    /// capacity of all. Where no other edge has run out of work, the reading stops instead.
    private mutating func deferLongestAtWork() {
        guard canDefer, runtimes.count > 1, hasStarvedEdge() else { return }
        for _ in 0..<2 {
            guard let index = records.longestAtWork,
                ReliefPolicy.decide(.longestAtWork, .openRecords, isNew: isNew(index)) == .deferParts, deferRest(index)
            else { return }
        }
    }

    private func isNew(_ index: Int) -> Bool { now.monotonic - records[index].startedAt < Self.patience.nanoseconds }

    /// - Returns: whether there was anything to defer: not while it is delayed, or already ending.
    mutating func deferRest(_ index: Int) -> Bool {
        guard records[index].phase == .purging, records[index].invalidation != nil else { return false }
        settleRest(index, as: .deferred(.blocking))
        return true
    }

    // MARK: - Delayed records

    /// Delayed records that use up the capacity of their retry partition are deferred again.
    mutating func deferDelayed(of partition: Int) {
        // A span that is used up stops the reading, too, whichever record stands at its beginning.
        let isTooFar = partitions[partition].offsets.span >= bounds.retrySpanMax
        let isFull =
            partitions[partition].delayed >= delayedPerPartition || records.delayedBytes >= bounds.delayedBytesMax
        guard canDefer, isTooFar || isFull else { return }
        var common: ReliefPolicy.Pressures = isTooFar ? .span : []
        if partitions[partition].scanUntil != nil { common.insert(.backlogScan) }
        var left = max(1, delayedPerPartition / 2)
        for index in delayedInOrder(of: partition) where left > 0 {
            // Its time may have come just now.
            if isDue(index) { startParts(index) }
            guard records[index].phase == .delayed else { continue }
            let waiting = records[index].request.targets.filter { $0.stage == .waiting }
            let isQueued = waiting.contains(where: \.isQueuedForCapacity)
            let pressures = isOverdue(index, isQueuedForCapacity: isQueued) ? common.union(.overdue) : common
            let waits = isQueued || waiting.contains(where: \.waitsForLayer)
            guard ReliefPolicy.decide(.delayed(waits: waits), pressures) == .deferParts else { continue }
            left -= 1
            deferWaiting(index)
        }
    }

    private mutating func deferWaiting(_ index: Int) {
        for target in records[index].request.targets.indices where records[index].request[target].stage == .waiting {
            let reason = ReliefPolicy.reason(
                isDue: isDue(index), isQueuedForCapacity: records[index].request[target].isQueuedForCapacity)
            settle(index, target, as: .deferred(isEarly(index) ? .scheduled : reason))
            workOffConsequences()
        }
    }

    /// Its time has come and it cannot run: because others are before it that may not even be read yet, or, for long,
    /// because there is no capacity.
    private func isOverdue(_ index: Int, isQueuedForCapacity: Bool) -> Bool {
        guard let retry = records[index].retry else { return false }
        return retry.notBefore + (isQueuedForCapacity ? settings.blockedTimeMax.milliseconds : 0) <= now.wall
    }

    private func delayedInOrder(of partition: Int) -> [Int] {
        partitions[partition].offsets.unfinished().filter { records[$0].phase == .delayed }
    }
}
