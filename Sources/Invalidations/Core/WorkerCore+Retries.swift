internal import Basics

// Delayed retries: read ahead of their time, started when due or when their edge recovers.
extension WorkerCore {
    mutating func startRetry(_ index: Int) {
        guard let retry = records[index].retry, records[index].invalidation != nil else {
            preconditionFailure("a retry has metadata and a request")
        }
        records[index].firstFailedAt = retry.firstFailedAt
        recordOutage(retry)
        partitions[records[index].partition].endScan(at: retry)
        guard let parts = parts(of: retry, index) else { return endPurging(index) }
        records[index].request = Request(targets(of: retry, parts, index))
        clearLines(index, retry)
        guard records[index].request.targetsLeft > 0 else { return finish(index) }
        records.followRetry(index)
        enterStrictLines(index)
        delay(index)
        deadLetterUnservedParts(index)
        guard records[index].phase == .delayed, !endsAtOnce(index) else { return }
        openFirstLayer(index)
        startParts(index)
        guard records[index].request.hasWaiting else { return }
        if partitions[records[index].partition].scanUntil != nil { deferDelayed(of: records[index].partition) }
        guard records[index].phase == .delayed || records[index].phase == .purging, records[index].request.hasWaiting
        else { return }
        if !isDue(index) { remindWhenDue(index) }
    }

    /// The edges that a replayed record is for: without a list, all that serve its namespace now.
    ///
    /// - Returns: nil where no edge does: then the request has failed as a whole.
    private mutating func parts(of retry: RetryMetadata, _ index: Int) -> [RetryMetadata.Part]? {
        guard retry.parts.isEmpty, let namespace = records[index].namespace,
            let invalidation = records[index].invalidation
        else { return retry.parts }
        let edges = namespaces[namespace].edges.filter {
            runtimes[$0].profile.isTarget(of: invalidation.selectors.kinds)
        }
        if let reason = unroutable(
            edges.map { Target(edge: $0, step: .first, name: runtimes[$0].name) }, invalidation.namespace)
        {
            markDead(index, .unroutable, reason)
            return nil
        }
        return edges.map { RetryMetadata.Part(edge: runtimes[$0].name) }
    }

    private mutating func remindWhenDue(_ index: Int) {
        guard let retry = records[index].retry else { return }
        let postpone = max(1, retry.notBefore.milliseconds - now.wall.milliseconds)
        remindRoughly(.due(records.key(index)), at: now.monotonic + Duration.milliseconds(postpone).nanoseconds)
    }

    private mutating func enterStrictLines(_ index: Int) {
        guard !settings.strictNamespaces.isEmpty else { return }
        for target in records[index].request.targets.indices where records[index].request[target].stage == .waiting {
            guard let line = strictLine(index, target) else { continue }
            strictSequencer.addRetry(index, records[index].origin.offset, line)
        }
    }

    /// An edge that is not configured any more, or does not serve the namespace any more, gets nothing.
    private mutating func deadLetterUnservedParts(_ index: Int) {
        guard let namespace = records[index].namespace, let invalidation = records[index].invalidation else { return }
        for target in records[index].request.targets.indices where records[index].request[target].stage == .waiting {
            let edge = records[index].request[target].edge
            if let edge, namespaces.column(namespace, edge: edge) != nil,
                !invalidation.selectors.part(for: runtimes[edge].profile.accepts).isEmpty
            {
                continue
            }
            let failure = PurgeFailure(
                .permanentTarget, "\(records[index].request[target].name) does not serve such requests any more")
            settle(index, target, as: .dead(failure))
            workOffConsequences()
        }
    }

    // MARK: - Delaying

    private mutating func delay(_ index: Int) {
        records.delay(index)
        partitions[records[index].partition].delayRecord()
        watchGuards()
    }

    mutating func endDelay(_ index: Int) {
        guard records[index].phase == .delayed else { return }
        records.resume(index)
        partitions[records[index].partition].resumeRecord()
    }

    /// All parts that could run have ended, and the others wait for their time.
    mutating func delayAgain(_ index: Int) {
        if records[index].phase == .purging {
            records.unwatch(index)
            delay(index)
        }
        if !records[index].isInterimReportInFlight { report(index, .interimReport) }
    }

    /// A part that was tried ahead of its time, in vain, waits for it. What follows from that joins the consequences.
    mutating func delayPart(_ index: Int, _ target: Int) {
        guard let edge = records[index].request[target].edge else { preconditionFailure("it was sent to an edge") }
        let stage = records[index].request[target].stage
        records[index].request.delay(target)
        leaveLane(index, target, from: stage)
        records[index].hasNews = true
        runtimes[edge].addDelayed()
        if runtimes[edge].profile.fanOutMax != nil { consequences.append(.releaseHeld(records.key(index))) }
        consequences.append(.endRecord(records.key(index)))
    }

    // MARK: - Starting

    func isDue(_ index: Int) -> Bool { records[index].retryBox.map { $0.retry.notBefore <= now.wall } ?? true }

    mutating func comeDue(_ key: PoolKey) {
        guard records.holds(key) else { return }
        // The clocks need not agree: the timer's says when to look, the wall clock whether it is time.
        if isDue(key.index) { startParts(key.index) } else { remindWhenDue(key.index) }
    }

    /// Starts what may run of a delayed record.
    mutating func startParts(_ index: Int) {
        guard let invalidation = records[index].invalidation, records[index].request.hasWaiting else { return }
        if isExpired(invalidation, index) {
            for target in records[index].request.targets.indices where records[index].request[target].stage == .waiting
            {
                settle(index, target, as: .expired)
                workOffConsequences()
            }
            return
        }
        // Its own time may have come since it was read.
        if invalidation.notBefore != nil { enterStrictLines(index) }
        for target in records[index].request.targets.indices where records[index].request[target].stage == .waiting {
            startWaiting(index, target)
            workOffConsequences()
        }
    }

    enum Start {
        case started
        /// It ended without being sent: deferred again, or absorbed.
        case ended
        case noCapacity
        /// Its time has not come, or it is not its turn.
        case notYet
    }

    /// - Parameter isAhead: as a probe, whether or not its time has come.
    @discardableResult
    mutating func startWaiting(_ index: Int, _ target: Int, isAhead: Bool = false) -> Start {
        guard let edge = records[index].request[target].edge, let retry = records[index].retry else { return .notYet }
        if isEarly(index) {
            guard isDue(index) else { return .notYet }
            settle(index, target, as: .deferred(.scheduled))
            return .ended
        }
        let mayGoEarly =
            records[index].request[target].step == .first
            && (isAhead || hasRecovered(edge, since: retry) || isHeadOfLine(index, target, edge))
        guard isDue(index) || mayGoEarly, isLayerOpen(index, target, edge) else { return .notYet }
        if !isDue(index), let time = layerDistanceEnd(edge, after: retry) {
            guard !records[index].request[target].waitsForLayer else { return .notYet }
            records[index].request[target].waitsForLayer = true
            remind(.soon(records.key(index)), after: .milliseconds(time.milliseconds - now.wall.milliseconds))
            return .notYet
        }
        if let line = strictLine(index, target), hasPredecessor(index, in: line) {
            return .notYet
        }
        if isDone(index, target, edge) {
            settle(index, target, as: .coalesced)
            return .ended
        }
        if records[index].phase == .delayed, openRecords >= settings.openRecordsMax {
            return postpone(index, target, edge, for: .overflow)
        }
        if let failure = refusal(index, edge) {
            guard isDue(index) else { return .notYet }
            deferRefused(index, target, failure)
            return .ended
        }
        guard canDefer, let reason = reasonToDefer(index, target, edge) else {
            runtimes[edge].startDelayed()
            beginWork(index)
            enqueue(index, target, edge)
            return .started
        }
        return postpone(index, target, edge, for: reason)
    }

    /// Whether the edge has shown since that it purges, or had nothing to do.
    private func hasRecovered(_ edge: Int, since retry: RetryMetadata) -> Bool {
        if let upSince = runtimes[edge].upSince, retry.deferredAt < upSince { return true }
        guard retry.reason != .failed, let idleSince = runtimes[edge].idleSince else { return false }
        return retry.deferredAt <= idleSince
    }

    /// Whether it has only waited for the requests before it, in a strict namespace, and those have ended.
    private func isHeadOfLine(_ index: Int, _ target: Int, _ edge: Int) -> Bool {
        guard records[index].retry?.reason != .failed, runtimes[edge].upSince != nil,
            let line = strictLine(index, target)
        else { return false }
        return strictSequencer.head(line) == records[index].origin.offset
    }

    /// Until when an outer cache that was deferred alone keeps its distance from the inner ones, ahead of its time,
    /// too. Nil when that is over.
    private func layerDistanceEnd(_ edge: Int, after retry: RetryMetadata) -> Timestamp? {
        let distance = layerDistance(edge)
        guard distance > 0, retry.deferredAt + distance > now.wall else { return nil }
        return retry.deferredAt + distance
    }

    mutating func layerDistanceOver(_ key: PoolKey) {
        guard records.holds(key) else { return }
        for target in records[key.index].request.targets.indices {
            records[key.index].request[target].waitsForLayer = false
        }
        startParts(key.index)
    }

    /// Whether an earlier request of a strict namespace has not ended: one that was deferred, or one that an earlier
    /// owner had in work when it ended, and that is to be read again from the invalidation topic.
    private func hasPredecessor(_ index: Int, in line: StrictOrder.Line) -> Bool {
        let origin = records[index].origin
        if let head = strictSequencer.head(line), head < origin.offset { return true }
        guard let partition = partitionIndices[origin.source] else { return false }
        return partitions[partition].offsets.next <= origin.offset
    }

    private mutating func postpone(_ index: Int, _ target: Int, _ edge: Int, for reason: DeferReason) -> Start {
        switch reason {
        case .overflow:
            if !records[index].request[target].isQueuedForCapacity {
                records[index].request[target].isQueuedForCapacity = true
                runtimes[edge].waitForCapacity(records.partKey(index, target))
            }
            return .noCapacity
        case .breaker where isDue(index):
            settle(index, target, as: .deferred(.breaker))
            return .ended
        case .failed, .breaker, .order, .blocking, .repeatPurge, .scan, .replay, .scheduled: return .notYet
        }
    }

    /// Whether a purge that started late enough for the request has done its work.
    private func isDone(_ index: Int, _ target: Int, _ edge: Int) -> Bool {
        guard !recentPurges.isEmpty, records[index].request[target].step == .first,
            let invalidation = records[index].invalidation,
            unsupported(index, by: edge, isAll: false) == nil
        else { return false }
        return recentPurges.hold(
            invalidation.selectors.part(for: runtimes[edge].profile.accepts), invalidation.mode, edge: edge,
            namespace: invalidation.namespace, since: invalidation.effectiveAt + bounds.clockSkew)
    }

    private mutating func beginWork(_ index: Int) {
        guard records[index].phase == .delayed else { return }
        endDelay(index)
        records[index].startedAt = now.monotonic
        watch(index)
    }
}
