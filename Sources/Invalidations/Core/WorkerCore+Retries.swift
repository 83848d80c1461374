// What was put off: read ahead of its time, parked, and started when its time has come or its edge is back.
extension WorkerCore {
    mutating func startRetry(_ place: Int) {
        guard let note = records[place].note, let invalidation = records[place].invalidation else {
            preconditionFailure("a retry has a note and a request")
        }
        records[place].firstFailedAt = note.firstFailedAt
        noteOutage(note)
        endScanIfBehind(place, note)
        records[place].targets = targets(of: note, place)
        clearLines(place, note)
        records[place].targetsLeft = records[place].targets.count
        guard records[place].targetsLeft > 0 else { return finish(place) }
        if retriesInHand[note.origin] == nil { retriesInHand[note.origin] = place }
        queueStrictly(place)
        park(place)
        buryWithoutEdge(place)
        guard records[place].phase == .parked, !endsAtOnce(place, invalidation) else { return }
        openFirstLayer(place)
        startParts(place)
        guard isParked(place) else { return }
        if partitions[records[place].partition].scanUntil != nil { clearTheWay(of: records[place].partition) }
        guard records[place].phase == .parked || records[place].phase == .purging, isParked(place) else { return }
        if !isDue(place) { remindWhenDue(place) }
    }

    private mutating func remindWhenDue(_ place: Int) {
        guard let note = records[place].note else { return }
        let wait = max(1, note.notBefore.milliseconds - now.wall.milliseconds)
        remindRoughly(.due(records.key(place)), at: now.monotonic + Duration.milliseconds(wait).nanoseconds)
    }

    private func isParked(_ place: Int) -> Bool {
        records[place].targets.contains { $0.stage == .waiting }
    }

    private mutating func queueStrictly(_ place: Int) {
        for target in records[place].targets.indices {
            guard let line = strictLine(place, target) else { continue }
            strictOrder.insert(records[place].origin.offset, line)
            strictRetries.insert(place, offset: records[place].origin.offset, partition: line.partition)
        }
    }

    /// An edge that is not configured any more, or does not serve the namespace any more, gets nothing.
    private mutating func buryWithoutEdge(_ place: Int) {
        guard let namespace = records[place].namespace, let invalidation = records[place].invalidation else { return }
        for target in records[place].targets.indices where records[place].targets[target].stage == .waiting {
            let edge = records[place].targets[target].edge
            if let edge, namespaces.column(namespace, edge: edge) != nil,
                !invalidation.selectors.part(for: desks[edge].profile.takes).isEmpty
            {
                continue
            }
            settle(
                place, target, .dead,
                failure: PurgeFailure(
                    .permanentTarget, "\(records[place].targets[target].name) does not serve such requests any more"))
        }
    }

    // MARK: - Parking

    private mutating func park(_ place: Int) {
        records[place].phase = .parked
        parkedRecords += 1
        parkedBytes += records[place].original.byteCount
        openBytes -= records[place].original.byteCount
        partitions[records[place].partition].parked += 1
        watchGuards()
    }

    mutating func unpark(_ place: Int) {
        guard records[place].phase == .parked else { return }
        records[place].phase = .purging
        parkedRecords -= 1
        parkedBytes -= records[place].original.byteCount
        openBytes += records[place].original.byteCount
        partitions[records[place].partition].parked -= 1
    }

    /// What could run has ended, and the rest waits for its time.
    mutating func parkAgain(_ place: Int) {
        if records[place].phase == .purging {
            unwatch(place)
            park(place)
        }
        if !records[place].isInterimReportInFlight { report(place, .interimReport) }
    }

    /// A part that was tried ahead of its time, in vain, waits for it.
    mutating func waitAgain(_ place: Int, _ target: Int) {
        guard let edge = records[place].targets[target].edge else { preconditionFailure("it was sent to an edge") }
        leaveLane(place, target)
        records[place].targets[target].stage = .waiting
        records[place].targets[target].state = .deferred
        records[place].hasNews = true
        desks[edge].parked += 1
        if desks[edge].profile.fanOutMax != nil { releaseHeld(place) }
        if records[place].active == 0 { parkAgain(place) }
    }

    // MARK: - Starting

    func isDue(_ place: Int) -> Bool { records[place].kept.map { $0.note.notBefore <= now.wall } ?? true }

    mutating func comeDue(_ key: PoolKey) {
        guard records.holds(key) else { return }
        // The clocks need not agree: the timer's says when to look, the wall clock whether it is time.
        if isDue(key.index) { startParts(key.index) } else { remindWhenDue(key.index) }
    }

    /// Starts what may run of a parked record.
    mutating func startParts(_ place: Int) {
        guard let invalidation = records[place].invalidation, isParked(place) else { return }
        if isExpired(invalidation) {
            for target in records[place].targets.indices where records[place].targets[target].stage == .waiting {
                settle(place, target, .expired)
            }
            return
        }
        for target in records[place].targets.indices where records[place].targets[target].stage == .waiting {
            startWaiting(place, target)
        }
    }

    enum Start {
        case started
        /// It ended without being sent: put off again, or absorbed.
        case ended
        case noRoom
        /// Its time has not come, or it is not its turn.
        case notYet
    }

    /// - Parameter isAhead: as a probe, whether or not its time has come.
    @discardableResult
    mutating func startWaiting(_ place: Int, _ target: Int, isAhead: Bool = false) -> Start {
        guard let edge = records[place].targets[target].edge, let note = records[place].note else { return .notYet }
        let mayGoEarly =
            records[place].targets[target].step == .first
            && (isAhead || isBack(edge, since: note) || isNext(place, target, edge))
        guard fault != .forgetDue || mayGoEarly else { return .notYet }
        guard isDue(place) || mayGoEarly, isLayerOpen(place, target, edge) else { return .notYet }
        if !isDue(place), let time = tooSoonUntil(edge, after: note) {
            guard !records[place].targets[target].goesSoon else { return .notYet }
            records[place].targets[target].goesSoon = true
            remind(.soon(records.key(place)), after: .milliseconds(time.milliseconds - now.wall.milliseconds))
            return .notYet
        }
        if let line = strictLine(place, target), fault != .ignoreStrictOrder, isBehind(place, in: line) {
            return .notYet
        }
        if isDone(place, target, edge) {
            settle(place, target, .absorbed)
            return .ended
        }
        if records[place].phase == .parked, openRecords >= settings.openRecordsMax {
            return wait(place, target, edge, for: .overflow)
        }
        if let failure = refusal(place, edge) {
            guard isDue(place) else { return .notYet }
            deferRefused(place, target, failure)
            return .ended
        }
        guard canPutOff, let reason = obstacle(place, target, edge) else {
            desks[edge].parked -= 1
            desks[edge].scanPause = EdgeDesk.scanPauseMin
            beginWork(place)
            enqueue(place, target, edge)
            return .started
        }
        return wait(place, target, edge, for: reason)
    }

    /// Whether the edge has shown since that it purges, or had nothing to do.
    private func isBack(_ edge: Int, since note: RetryNote) -> Bool {
        if let upSince = desks[edge].upSince, note.deferredAt < upSince { return true }
        guard note.reason != .failed, let idleSince = desks[edge].idleSince else { return false }
        return note.deferredAt <= idleSince
    }

    /// Whether it has only waited for the requests before it, in a strict namespace, and those have ended.
    private func isNext(_ place: Int, _ target: Int, _ edge: Int) -> Bool {
        guard records[place].note?.reason != .failed, desks[edge].upSince != nil,
            let line = strictLine(place, target)
        else { return false }
        return strictOrder.head(line) == records[place].origin.offset
    }

    /// Until when an outer cache that was put off alone keeps its distance from the inner ones, ahead of its time, too;
    /// nil when that is over.
    private func tooSoonUntil(_ edge: Int, after note: RetryNote) -> Timestamp? {
        let distance = layerDistance(edge)
        guard distance > 0, note.deferredAt + distance > now.wall else { return nil }
        return note.deferredAt + distance
    }

    mutating func startSoon(_ key: PoolKey) {
        guard records.holds(key) else { return }
        for target in records[key.index].targets.indices { records[key.index].targets[target].goesSoon = false }
        startParts(key.index)
    }

    /// Whether an earlier request of a strict namespace has not ended: one that was put off, or one that an earlier owner
    /// had in work when it ended, and that is to be read again from the invalidation topic.
    private func isBehind(_ place: Int, in line: StrictOrder.Line) -> Bool {
        let origin = records[place].origin
        if let head = strictOrder.head(line), head < origin.offset { return true }
        guard let partition = partitionPlaces[origin.source] else { return false }
        return partitions[partition].ledger.next <= origin.offset
    }

    private mutating func wait(_ place: Int, _ target: Int, _ edge: Int, for reason: DeferralReason) -> Start {
        switch reason {
        case .overflow:
            if !records[place].targets[target].isInLine {
                records[place].targets[target].isInLine = true
                desks[edge].inLine.append(PartKey(record: records.key(place), target: Int32(target)))
            }
            return .noRoom
        case .breaker where isDue(place):
            settle(place, target, .deferred, reason: .breaker)
            return .ended
        case .failed, .breaker, .order, .blocking, .again, .scan: return .notYet
        }
    }

    /// Its predecessor has ended: it need not wait any longer.
    mutating func startStrict(_ offset: Int64, _ line: StrictOrder.Line) {
        // It may not have been read yet: then it is looked for.
        desks[line.edge].hasDeferredBacklog = true
        for place in strictRetries.places(of: offset, partition: line.partition) where records.isUsed(place) {
            guard records[place].kept != nil else { continue }
            for target in records[place].targets.indices
            where records[place].targets[target].stage == .waiting && strictLine(place, target) == line {
                startWaiting(place, target, isAhead: true)
            }
        }
    }

    /// Whether a purge that started after the request was made has done its work.
    private func isDone(_ place: Int, _ target: Int, _ edge: Int) -> Bool {
        guard !recentPurges.isEmpty, records[place].targets[target].step == .first,
            let invalidation = records[place].invalidation,
            unsupported(place, by: edge, isAll: false) == nil
        else { return false }
        return recentPurges.hold(
            invalidation.selectors.part(for: desks[edge].profile.takes), invalidation.mode, edge: edge,
            namespace: invalidation.namespace, since: invalidation.requestedAt + bounds.clockSkew)
    }

    private mutating func beginWork(_ place: Int) {
        guard records[place].phase == .parked else { return }
        unpark(place)
        records[place].startedAt = now.monotonic
        watch(place)
    }
}
