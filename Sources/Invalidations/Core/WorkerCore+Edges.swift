internal import Basics

// Circuit breaker, throttling, checks and catch-up of one edge.
extension WorkerCore {
    /// Judges an edge by the outcome of a batch.
    mutating func judge(_ batch: InFlightBatch, _ outcome: PurgeOutcome) {
        let edge = batch.edge
        guard case .each(let items) = outcome else { return recordSuccess(edge, batch) }
        let verdict = Verdict(items)
        if let failure = verdict.throttling { throttled(edge, failure, startedAt: batch.startedAt.monotonic) }
        if let failure = verdict.trouble {
            if let pause = failure.retryAfter { runtimes[edge].leaveAlone(for: pause, now: now.monotonic) }
            // Replays trip no breaker of live traffic. Whether the edge is down shows a check.
            guard batch.isProbe || !isReplayOnly(batch) else { return requestCheck(edge) }
            let judgement = runtimes[edge].recordFailure(
                of: queues[lane: batch.lane].namespace, startedAt: batch.startedAt.monotonic, now: now.monotonic)
            guard canDefer else { return }
            if batch.isProbe || judgement == .down {
                return trip(edge, isProof: batch.isProbe) { .edgeDown(edge: $0, failure) }
            }
            if judgement == .suspect { requestCheck(edge) }
            return
        }
        // A refusal is an answer: whether it is about more than the request shows a check.
        if verdict.isRefusal {
            requestCheck(edge)
        }
        if verdict.isAnswer { recordSuccess(edge, batch) }
    }

    private func isReplayOnly(_ batch: InFlightBatch) -> Bool {
        batch.entries.allSatisfy { entry in
            records.holds(entry.part.record) && records[entry.part.record.index].replay != nil
        }
    }

    private mutating func recordSuccess(_ edge: Int, _ batch: InFlightBatch) {
        let recovery = runtimes[edge].recordSuccess(isProbe: batch.isProbe, now: now)
        if recovery == .closed { actions.append(.alert(.edgeUp(edge: edge))) }
        if recovery != .nothingNew { catchUp(edge) }
    }

    /// The parts of an outcome that concern the edge as a whole.
    private struct Verdict {
        /// It answered, whatever it thinks of the items.
        var isAnswer = false
        var throttling: PurgeFailure?
        var refusal: PurgeFailure?
        var trouble: PurgeFailure?

        var isRefusal: Bool { refusal != nil }

        init(_ items: [ItemOutcome]) {
            for item in items {
                guard case .failed(let failure) = item else {
                    isAnswer = true
                    continue
                }
                switch failure.failureClass {
                case .permanentItem: isAnswer = true
                case .throttled, .quota: throttling = failure
                case .permanentTarget: (refusal, isAnswer) = (failure, true)
                case .transient, .unknown: trouble = failure
                }
            }
        }
    }

    /// - Parameter startedAt: when the throttled call began.
    private mutating func throttled(_ edge: Int, _ failure: PurgeFailure, startedAt: Int64) {
        runtimes[edge].recordThrottling(
            retryAfter: failure.retryAfter, startedAt: startedAt, now: now.monotonic, using: &random)
    }

    // MARK: - Its timer

    mutating func wakeEdge(_ edge: Int, at time: Int64) {
        if runtimes[edge].setTimer(time) { remind(.edge(edge), at: time) }
    }

    /// The time that the edge was waiting for has come.
    mutating func wakeEdge(_ edge: Int) {
        runtimes[edge].timerCame(now: now.monotonic)
        checkIfDue(edge)
        fillUp(edge)
        queues.schedule(edge)
    }

    // MARK: - Checks

    /// Something about the edge is in doubt. Where nothing can be deferred, nothing would follow from a check.
    private mutating func requestCheck(_ edge: Int) {
        guard canDefer else { return }
        runtimes[edge].requestCheck()
        checkIfDue(edge)
    }

    /// Asks the edge for markers, when that is wanted and allowed: an open breaker waits for its own pause.
    private mutating func checkIfDue(_ edge: Int) {
        guard let time = runtimes[edge].checkDueAt else { return }
        guard time <= now.monotonic else { return wakeEdge(edge, at: time) }
        runtimes[edge].beginCheck()
        // Markers do not count towards limits: a few each ten seconds, and only while there is doubt. Charged to an
        // account with a small limit they would leave nothing for its other edges.
        actions.append(.check(edge: edge))
    }

    /// Markers were answered, or not.
    mutating func checked(_ edge: Int, _ check: EdgeCheck) {
        guard runtimes[edge].checks.isUnderWay else { return }
        let failures = check.answers.compactMap(\.failure)
        let throttling = failures.first { $0.failureClass == .throttled || $0.failureClass == .quota }
        if let throttling { throttled(edge, throttling, startedAt: now.monotonic) }
        let isWell = failures.count < check.answers.count || check.answers.isEmpty || throttling != nil
        if isWell {
            passedCheck(edge, refused: check.answers.filter { $0.failure?.isPermanent ?? false })
        } else if let failure = failures.first(where: { !$0.isPermanent }) ?? failures.first {
            failedCheck(edge, failure)
        }
        checkIfDue(edge)
        fillUp(edge)
        queues.schedule(edge)
    }

    private mutating func failedCheck(_ edge: Int, _ failure: PurgeFailure) {
        guard runtimes[edge].failCheck(now: now.monotonic) else { return }
        trip(edge, isProof: true) {
            failure.isPermanent ? .edgeRefuses(edge: $0, failure) : .edgeDown(edge: $0, failure)
        }
    }

    private mutating func passedCheck(_ edge: Int, refused: [EdgeCheck.Answer]) {
        let before = runtimes[edge].checks.refused
        let acceptsMore = runtimes[edge].passCheck(refused: refused, now: now.monotonic)
        for answer in refused where !before.contains(where: { $0.kinds == answer.kinds }) {
            if let failure = answer.failure {
                actions.append(.alert(.edgeRefusesKinds(edge: edge, answer.kinds, failure)))
            }
        }
        if !refused.isEmpty { deferRefused(edge) }
        if runtimes[edge].letProbePass(now: now.monotonic) { sendProbe(edge) }
        guard acceptsMore, runtimes[edge].isClosed else { return }
        actions.append(.alert(.edgeUp(edge: edge)))
        runtimes[edge].acceptMore(at: now.wall)
        catchUp(edge)
    }

    // MARK: - Down

    /// The breaker opens: what waits for the edge is deferred, so that nothing waits behind it.
    ///
    /// - Parameter isProof: what failed was to show how the edge is, a check or a probe.
    private mutating func trip(_ edge: Int, isProof: Bool, _ alert: (Int) -> WorkerAlert) {
        guard !runtimes[edge].isOldNews(isProof: isProof) else { return }
        if runtimes[edge].isClosed { actions.append(.alert(alert(edge))) }
        wakeEdge(edge, at: runtimes[edge].trip(now: now.monotonic, using: &random))
        deferWaiting(edge) { _ in true }
    }

    /// What waits in the edge's lanes and has a kind of selectors that the edge refuses leaves them.
    private mutating func deferRefused(_ edge: Int) {
        let refused = runtimes[edge].checks.refusedKinds
        deferWaiting(edge) { !$0.isDisjoint(with: refused) }
    }

    /// - Parameter isMeant: asked with the kinds of selectors that the edge takes of a request.
    private mutating func deferWaiting(_ edge: Int, where isMeant: (SelectorKinds) -> Bool) {
        let accepts = runtimes[edge].profile.accepts
        var parts: [PartKey] = []
        for lane in queues.lanes(of: edge) { parts += queues.parts(in: lane) }
        for part in parts where isUnsettled(part) {
            let (index, target) = (part.record.index, Int(part.target))
            guard isMeant(records[index].measure.kinds.intersection(accepts)) else { continue }
            switch records[index].request[target].stage {
            case .queued, .held:
                leaveForNow(index, target, edge)
                workOffConsequences()
            case .waiting, .sending, .settled: break
            }
        }
        for lane in queues.lanes(of: edge) {
            dropLeft(lane)
            laneChanged(lane)
        }
    }

    /// A part that its edge does not get now: one that was only tried ahead of its time waits for it,
    /// others are deferred.
    private mutating func leaveForNow(_ index: Int, _ target: Int, _ edge: Int) {
        if records[index].retryBox != nil, !isDue(index) { return delayPart(index, target) }
        if let failure = refusal(index, edge) { return deferRefused(index, target, failure) }
        settle(index, target, as: .deferred(.breaker))
    }

    /// Why the edge would refuse the request, as its last check showed.
    func refusal(_ index: Int, _ edge: Int) -> PurgeFailure? {
        guard !runtimes[edge].checks.refusesNothing else { return nil }
        return runtimes[edge].checks.refusal(
            of: records[index].measure.kinds.intersection(runtimes[edge].profile.accepts))
    }

    /// A part that the edge refuses waits for the next retry round; after the last one it is a dead letter.
    mutating func deferRefused(_ index: Int, _ target: Int, _ failure: PurgeFailure) {
        records[index].firstFailedAt = records[index].firstFailedAt ?? now.wall
        records[index].request[target].failure = failure
        let isLastRound = roundTier(index) == tierDelays.count - 1
        if !canDefer || isLastRound || records[index].request[target].attempts >= attemptsInAll {
            settle(index, target, as: .dead(failure))
        } else {
            settle(index, target, as: .deferred(.failed))
        }
    }

    /// One part that was deferred shows whether the edge has recovered; if there is none, the next new one does. Each
    /// probe is another part than the one before: a single request that always fails must not keep the breaker open.
    mutating func sendProbe(_ edge: Int) {
        let indices = records.indices
        let last = runtimes[edge].lastProbe
        let split = indices.firstIndex { $0 > last } ?? 0
        for index in indices[split...] + indices[..<split] where records[index].phase == .delayed {
            for target in records[index].request.targets.indices
            where records[index].request[target].edge == edge && records[index].request[target].stage == .waiting {
                let start = startWaiting(index, target, isAhead: true)
                workOffConsequences()
                guard start == .started else { continue }
                runtimes[edge].recordProbe(ofRecord: index)
                return
            }
        }
    }

    // MARK: - Up

    /// A record that another worker may have deferred tells how long the edge has been down.
    mutating func recordOutage(_ retry: RetryMetadata) {
        guard retry.reason == .breaker else { return }
        for part in retry.parts {
            guard let edge = edgeIndices[part.edge] else { continue }
            runtimes[edge].recordOutage(at: retry.deferredAt)
        }
    }

    /// What was deferred for the edge need not wait for its time: the edge has shown that it purges.
    ///
    /// The retry topics are read on past records that cannot run only where a part of this edge may stand there: the
    /// records in the way are written again, and after each restart of a worker that would be the whole backlog of an
    /// edge that is down.
    mutating func catchUp(_ edge: Int) {
        runtimes[edge].becomeIdle(at: now.wall)
        if runtimes[edge].hasBacklog { scanRetryTopics(edge) }
        for index in records.indices where records.isUsed(index) && records[index].phase == .delayed {
            startParts(index)
        }
    }

    /// Not all the time, however often the edge comes and goes.
    private mutating func scanRetryTopics(_ edge: Int) {
        if let next = runtimes[edge].beginBacklogSearch(now: now.monotonic) { return wakeEdge(edge, at: next) }
        for index in partitions.indices where partitions[index].source.tier != nil {
            partitions[index].scanBacklog(until: now.wall)
        }
    }

    /// An edge without work that has a deferred backlog looks for it, but not all the time.
    mutating func catchUpIfIdle(_ edge: Int) {
        guard runtimes[edge].wantsBacklogSearch, queues[edge].parts == 0, runtimes[edge].upSince != nil else {
            return
        }
        if let next = runtimes[edge].waitForBacklogSearch(now: now.monotonic) { return wakeEdge(edge, at: next) }
        catchUp(edge)
    }

    /// There may be capacity again for retries whose time has come.
    mutating func fillUp(_ edge: Int) {
        while let part = runtimes[edge].nextWaitingForCapacity() {
            guard isUnsettled(part) else { continue }
            let (index, target) = (part.record.index, Int(part.target))
            // It has left the queue, whatever becomes of it: delayed again, it may join anew.
            records[index].request[target].isQueuedForCapacity = false
            guard records[index].request[target].stage == .waiting else { continue }
            let start = startWaiting(index, target)
            workOffConsequences()
            if start == .noCapacity { break }
        }
        catchUpIfIdle(edge)
    }
}
