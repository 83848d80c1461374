internal import Basics

// Circuit breaker, throttling, checks and catch-up of one edge.
extension WorkerCore {
    /// The longest time that an edge can ask to be left alone for.
    private static let throttleMax = Duration.seconds(3600)
    /// The shortest one, whatever the edge asks for: a loop of calls helps nobody.
    private static let throttleMin = Duration.milliseconds(100)
    /// The pause after an answer that says it was too much, but not for how long; doubled each time in a row.
    private static let throttlePause = Duration.seconds(1)
    private static let throttlePauseMax = Duration.seconds(60)
    /// Workers that were throttled together must not come back together: so much is added at most.
    private static let throttleJitterMax = Duration.milliseconds(500)

    /// Judges an edge by the outcome of a batch.
    mutating func judge(_ batch: InFlightBatch, _ outcome: PurgeOutcome) {
        let edge = batch.edge
        guard case .each(let items) = outcome else { return recordSuccess(edge, batch) }
        let verdict = Verdict(items)
        if let failure = verdict.throttling { throttled(edge, failure, startedAt: batch.startedAt.monotonic) }
        if let failure = verdict.trouble {
            if let pause = failure.retryAfter { leaveAlone(edge, for: pause) }
            let judgement = runtimes[edge].breaker.recordFailure(
                of: lanes[batch.lane].namespace, now: now.monotonic)
            // One namespace's URLs alone may be what is slow: the others keep what the edge takes at a time.
            if runtimes[edge].breaker.hasFailuresOfSeveral {
                runtimes[edge].concurrency.struggled(startedAt: batch.startedAt.monotonic, now: now.monotonic)
            }
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

    private mutating func recordSuccess(_ edge: Int, _ batch: InFlightBatch) {
        runtimes[edge].throttles = 0
        runtimes[edge].concurrency.succeeded()
        runtimes[edge].breaker.recordSuccess(now: now.monotonic)
        recover(edge, isProbe: batch.isProbe)
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

    // MARK: - Throttling

    /// - Parameter startedAt: when the throttled call began.
    private mutating func throttled(_ edge: Int, _ failure: PurgeFailure, startedAt: Int64) {
        runtimes[edge].concurrency.struggled(startedAt: startedAt, now: now.monotonic)
        runtimes[edge].throttles += 1
        let doubled = Self.throttlePause * Double(1 << min(runtimes[edge].throttles - 1, 10))
        // Zero, or a time that is past, says nothing.
        let asked = failure.retryAfter.flatMap { $0 > .zero ? max($0, Self.throttleMin) : nil }
        let pause =
            asked ?? min(doubled, Self.throttlePauseMax)
        let jitter = min(pause.nanoseconds / 10, Self.throttleJitterMax.nanoseconds)
        leaveAlone(edge, for: pause + .nanoseconds(jitter > 0 ? Int64.random(in: 0...jitter, using: &random) : 0))
    }

    mutating func leaveAlone(_ edge: Int, for pause: Duration) {
        let until = now.monotonic + min(max(pause, .zero), Self.throttleMax).nanoseconds
        runtimes[edge].throttledUntil = max(runtimes[edge].throttledUntil, until)
    }

    mutating func wakeEdge(_ edge: Int, at time: Int64) {
        if let known = runtimes[edge].wakesAt, known <= time { return }
        runtimes[edge].wakesAt = time
        remind(.edge(edge), at: time)
    }

    /// The time that the edge was waiting for has come.
    mutating func wakeEdge(_ edge: Int) {
        if let wakesAt = runtimes[edge].wakesAt, wakesAt <= now.monotonic { runtimes[edge].wakesAt = nil }
        checkIfDue(edge)
        fillUp(edge)
        scheduleDispatch(edge)
    }

    // MARK: - Checks

    /// Something about the edge is in doubt. Where nothing can be deferred, nothing would follow from a check.
    private mutating func requestCheck(_ edge: Int) {
        guard canDefer else { return }
        runtimes[edge].checks.request()
        checkIfDue(edge)
    }

    /// Asks the edge for markers, when that is wanted and allowed: an open breaker waits for its own pause.
    private mutating func checkIfDue(_ edge: Int) {
        guard !runtimes[edge].checks.isUnderWay else { return }
        let due: Int64
        if case .open(let until) = runtimes[edge].breaker.state {
            due = until
        } else if let wanted = runtimes[edge].checks.dueAt {
            due = wanted
        } else {
            return
        }
        let time = max(due, runtimes[edge].throttledUntil)
        guard time <= now.monotonic else { return wakeEdge(edge, at: time) }
        runtimes[edge].checks.begin()
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
        scheduleDispatch(edge)
    }

    private mutating func failedCheck(_ edge: Int, _ failure: PurgeFailure) {
        _ = runtimes[edge].checks.end(refused: [], now: now.monotonic)
        runtimes[edge].checks.startOver()
        // A check that began before the breaker opened says nothing new.
        if case .open(let until) = runtimes[edge].breaker.state, until > now.monotonic { return }
        trip(edge, isProof: true) {
            failure.isPermanent ? .edgeRefuses(edge: $0, failure) : .edgeDown(edge: $0, failure)
        }
    }

    private mutating func passedCheck(_ edge: Int, refused: [EdgeCheck.Answer]) {
        let before = runtimes[edge].checks.refused
        let acceptsMore = runtimes[edge].checks.end(refused: refused, now: now.monotonic)
        if runtimes[edge].breaker.isClosed { runtimes[edge].breaker.forgive() }
        for answer in refused where !before.contains(where: { $0.kinds == answer.kinds }) {
            if let failure = answer.failure {
                actions.append(.alert(.edgeRefusesKinds(edge: edge, answer.kinds, failure)))
            }
        }
        if !refused.isEmpty { deferRefused(edge) }
        if case .open(let until) = runtimes[edge].breaker.state, until <= now.monotonic {
            runtimes[edge].breaker.halfOpen()
            sendProbe(edge)
        }
        guard acceptsMore, runtimes[edge].breaker.isClosed else { return }
        actions.append(.alert(.edgeUp(edge: edge)))
        runtimes[edge].upSince = now.wall
        catchUp(edge)
    }

    // MARK: - Down

    /// The breaker opens: what waits for the edge is deferred, so that nothing waits behind it.
    ///
    /// - Parameter isProof: what failed was to show how the edge is, a check or a probe.
    private mutating func trip(_ edge: Int, isProof: Bool, _ alert: (Int) -> WorkerAlert) {
        switch runtimes[edge].breaker.state {
        // What was under way when the breaker opened says nothing new.
        case .open where !isProof, .halfOpen where !isProof: return
        case .closed: actions.append(.alert(alert(edge)))
        case .open, .halfOpen: break
        }
        let until = runtimes[edge].breaker.open(now: now.monotonic, using: &random)
        runtimes[edge].downSince = runtimes[edge].downSince ?? now.monotonic
        runtimes[edge].upSince = nil
        runtimes[edge].probe = nil
        wakeEdge(edge, at: max(until, runtimes[edge].throttledUntil))
        deferWaiting(edge) { _ in true }
    }

    /// What waits in the edge's lanes and has a kind of selectors that the edge refuses leaves them.
    private mutating func deferRefused(_ edge: Int) {
        let refused = runtimes[edge].checks.refused.reduce(into: SelectorKinds()) { $0.formUnion($1.kinds) }
        deferWaiting(edge) { !$0.isDisjoint(with: refused) }
    }

    /// - Parameter isMeant: asked with the kinds of selectors that the edge takes of a request.
    private mutating func deferWaiting(_ edge: Int, where isMeant: (SelectorKinds) -> Bool) {
        let accepts = runtimes[edge].profile.accepts
        var parts: [PartKey] = []
        for lane in lanes.indices where lanes[lane].edge == edge {
            for number in 0..<lanes[lane].entries.count { parts.append(lanes[lane].entries[number].part) }
        }
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
        for lane in lanes.indices where lanes[lane].edge == edge {
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
        let isLastRound = records[index].tier == tierDelays.count - 1
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
        let split = indices.firstIndex { $0 > runtimes[edge].lastProbe } ?? 0
        for index in indices[split...] + indices[..<split] where records[index].phase == .delayed {
            for target in records[index].request.targets.indices
            where records[index].request[target].edge == edge && records[index].request[target].stage == .waiting {
                let start = startWaiting(index, target, isAhead: true)
                workOffConsequences()
                guard start == .started else { continue }
                runtimes[edge].lastProbe = index
                return
            }
        }
    }

    // MARK: - Up

    private mutating func recover(_ edge: Int, isProbe: Bool) {
        if runtimes[edge].breaker.state == .halfOpen, isProbe {
            runtimes[edge].breaker.close()
            runtimes[edge].concurrency.ramp()
            runtimes[edge].probe = nil
            runtimes[edge].downSince = nil
            runtimes[edge].hasDeferredBacklog = true
            actions.append(.alert(.edgeUp(edge: edge)))
        }
        guard runtimes[edge].breaker.isClosed, runtimes[edge].upSince == nil else { return }
        runtimes[edge].upSince = now.wall
        (runtimes[edge].recoveredAt, runtimes[edge].deferredSince) = (now.wall, nil)
        catchUp(edge)
    }

    /// A record that another worker may have deferred tells how long the edge has been down.
    mutating func recordOutage(_ retry: RetryMetadata) {
        guard retry.reason == .breaker else { return }
        for part in retry.parts {
            guard let edge = edgeIndices[part.edge],
                retry.deferredAt > runtimes[edge].recoveredAt ?? retry.deferredAt + -1
            else { continue }
            runtimes[edge].deferredSince = min(runtimes[edge].deferredSince ?? retry.deferredAt, retry.deferredAt)
        }
    }

    /// How long the edge has been down, in milliseconds; nil while it is not.
    func outage(_ edge: Int) -> Int64? {
        guard let downSince = runtimes[edge].downSince else { return nil }
        let own = (now.monotonic - downSince) / 1_000_000
        guard let deferredSince = runtimes[edge].deferredSince else { return own }
        return max(own, now.wall.milliseconds - deferredSince.milliseconds)
    }

    /// What was deferred for the edge need not wait for its time: the edge has shown that it purges.
    ///
    /// The retry topics are read on past records that cannot run only where a part of this edge may stand there: the
    /// records in the way are written again, and after each restart of a worker that would be the whole backlog of an
    /// edge that is down.
    mutating func catchUp(_ edge: Int) {
        runtimes[edge].idleSince = now.wall
        if runtimes[edge].hasDeferredBacklog || runtimes[edge].delayed > 0 { scanRetryTopics(edge) }
        for index in records.indices where records.isUsed(index) && records[index].phase == .delayed {
            startParts(index)
        }
    }

    /// Not all the time, however often the edge comes and goes.
    private mutating func scanRetryTopics(_ edge: Int) {
        let next = runtimes[edge].scannedAt + EdgeRuntime.scanPauseMin
        guard next <= now.monotonic else {
            runtimes[edge].hasDeferredBacklog = true
            return wakeEdge(edge, at: next)
        }
        runtimes[edge].scannedAt = now.monotonic
        runtimes[edge].hasDeferredBacklog = false
        for index in partitions.indices where partitions[index].source.tier != nil {
            partitions[index].scanBacklog(until: now.wall)
        }
    }

    /// An edge without work that has a deferred backlog looks for it, but not all the time.
    mutating func catchUpIfIdle(_ edge: Int) {
        guard runtimes[edge].hasDeferredBacklog, runtimes[edge].parts == 0, runtimes[edge].breaker.isClosed,
            runtimes[edge].upSince != nil
        else { return }
        let next = runtimes[edge].scannedAt + runtimes[edge].scanPause
        guard next <= now.monotonic else { return wakeEdge(edge, at: next) }
        runtimes[edge].scanPause = min(runtimes[edge].scanPause * 2, EdgeRuntime.scanPauseMax)
        catchUp(edge)
    }

    /// There may be capacity again for retries whose time has come.
    mutating func fillUp(_ edge: Int) {
        while let part = runtimes[edge].waitingForCapacity.first {
            guard isUnsettled(part) else {
                _ = runtimes[edge].waitingForCapacity.popFirst()
                continue
            }
            let (index, target) = (part.record.index, Int(part.target))
            guard records[index].request[target].stage == .waiting else {
                _ = runtimes[edge].waitingForCapacity.popFirst()
                continue
            }
            _ = runtimes[edge].waitingForCapacity.popFirst()
            records[index].request[target].isQueuedForCapacity = false
            let start = startWaiting(index, target)
            workOffConsequences()
            if start == .noCapacity { break }
        }
        catchUpIfIdle(edge)
    }
}
