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
    mutating func judge(_ flight: Flight, _ outcome: PurgeOutcome) {
        let edge = flight.edge
        guard case .each(let items) = outcome else { return recordSuccess(edge, flight) }
        let verdict = Verdict(items)
        if let failure = verdict.throttling { throttled(edge, failure, startedAt: flight.startedAt.monotonic) }
        if let failure = verdict.trouble {
            if let pause = failure.retryAfter { leaveAlone(edge, for: pause) }
            let judgement = desks[edge].breaker.recordFailure(of: lanes[flight.lane].namespace, now: now.monotonic)
            // One namespace's URLs alone may be what is slow: the others keep what the edge takes at a time.
            if desks[edge].breaker.hasFailuresOfSeveral {
                desks[edge].concurrency.struggled(startedAt: flight.startedAt.monotonic, now: now.monotonic)
            }
            guard canPutOff else { return }
            if flight.isProbe || judgement == .down {
                return trip(edge, isProof: flight.isProbe) { .edgeDown(edge: $0, failure) }
            }
            if judgement == .suspect { requestCheck(edge) }
            return
        }
        // A refusal is an answer: whether it is about more than the request shows a check.
        if verdict.isRefusal {
            if fault == .refusalTrips, let failure = verdict.refusal, canPutOff {
                return trip(edge, isProof: flight.isProbe) { .edgeRefuses(edge: $0, failure) }
            }
            requestCheck(edge)
        }
        if verdict.isAnswer { recordSuccess(edge, flight) }
    }

    private mutating func recordSuccess(_ edge: Int, _ flight: Flight) {
        desks[edge].throttles = 0
        desks[edge].concurrency.succeeded()
        desks[edge].breaker.recordSuccess(now: now.monotonic)
        recover(edge, isProbe: flight.isProbe)
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
        desks[edge].concurrency.struggled(startedAt: startedAt, now: now.monotonic)
        desks[edge].throttles += 1
        let doubled = Self.throttlePause * Double(1 << min(desks[edge].throttles - 1, 10))
        // Zero, or a time that is past, says nothing.
        let asked = failure.retryAfter.flatMap { $0 > .zero ? max($0, Self.throttleMin) : nil }
        let pause =
            asked ?? (fault == .trustRetryAfter ? failure.retryAfter : nil) ?? min(doubled, Self.throttlePauseMax)
        let jitter = min(pause.nanoseconds / 10, Self.throttleJitterMax.nanoseconds)
        leaveAlone(edge, for: pause + .nanoseconds(jitter > 0 ? Int64.random(in: 0...jitter, using: &random) : 0))
    }

    mutating func leaveAlone(_ edge: Int, for pause: Duration) {
        let until = now.monotonic + min(max(pause, .zero), Self.throttleMax).nanoseconds
        desks[edge].throttledUntil = max(desks[edge].throttledUntil, until)
    }

    mutating func wakeEdge(_ edge: Int, at time: Int64) {
        if let known = desks[edge].wakesAt, known <= time { return }
        desks[edge].wakesAt = time
        remind(.edge(edge), at: time)
    }

    /// The time that the edge was waiting for has come.
    mutating func wakeEdge(_ edge: Int) {
        if let wakesAt = desks[edge].wakesAt, wakesAt <= now.monotonic { desks[edge].wakesAt = nil }
        checkIfDue(edge)
        fillUp(edge)
        pump(edge)
    }

    // MARK: - Checks

    /// Something about the edge is in doubt. Where nothing can be deferred, nothing would follow from a check.
    private mutating func requestCheck(_ edge: Int) {
        guard canPutOff else { return }
        desks[edge].checks.request()
        checkIfDue(edge)
    }

    /// Asks the edge for markers, when that is wanted and allowed: an open breaker waits for its own pause.
    private mutating func checkIfDue(_ edge: Int) {
        guard !desks[edge].checks.isUnderWay, fault != .neverProbe else { return }
        let due: Int64
        if case .open(let until) = desks[edge].breaker.state {
            due = until
        } else if let wanted = desks[edge].checks.dueAt {
            due = wanted
        } else {
            return
        }
        let time = max(due, desks[edge].throttledUntil)
        guard time <= now.monotonic else { return wakeEdge(edge, at: time) }
        desks[edge].checks.begin()
        // Markers do not count towards limits: a few each ten seconds, and only while there is doubt. Charged to an account
        // with a small limit they would leave nothing for its other edges.
        actions.append(.check(edge: edge))
    }

    /// Markers were answered, or not.
    mutating func checked(_ edge: Int, _ check: EdgeCheck) {
        guard desks[edge].checks.isUnderWay else { return }
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
        pump(edge)
    }

    private mutating func failedCheck(_ edge: Int, _ failure: PurgeFailure) {
        _ = desks[edge].checks.end(refused: [], now: now.monotonic)
        desks[edge].checks.startOver()
        // A check that began before the breaker opened says nothing new.
        if case .open(let until) = desks[edge].breaker.state, until > now.monotonic { return }
        trip(edge, isProof: true) {
            failure.isPermanent ? .edgeRefuses(edge: $0, failure) : .edgeDown(edge: $0, failure)
        }
    }

    private mutating func passedCheck(_ edge: Int, refused: [EdgeCheck.Answer]) {
        let before = desks[edge].checks.refused
        let takesMore = desks[edge].checks.end(refused: refused, now: now.monotonic)
        if desks[edge].breaker.isClosed { desks[edge].breaker.forgive() }
        for answer in refused where !before.contains(where: { $0.kinds == answer.kinds }) {
            if let failure = answer.failure {
                actions.append(.alert(.edgeRefusesKinds(edge: edge, answer.kinds, failure)))
            }
        }
        if !refused.isEmpty { deferRefused(edge) }
        if case .open(let until) = desks[edge].breaker.state, until <= now.monotonic {
            desks[edge].breaker.halfOpen()
            sendProbe(edge)
        }
        guard takesMore, desks[edge].breaker.isClosed else { return }
        actions.append(.alert(.edgeUp(edge: edge)))
        desks[edge].upSince = now.wall
        catchUp(edge)
    }

    // MARK: - Down

    /// The breaker opens: what waits for the edge is deferred, so that nothing waits behind it.
    ///
    /// - Parameter isProof: what failed was to show how the edge is, a check or a probe.
    private mutating func trip(_ edge: Int, isProof: Bool, _ alert: (Int) -> WorkerAlert) {
        switch desks[edge].breaker.state {
        // What was under way when the breaker opened says nothing new.
        case .open where !isProof, .halfOpen where !isProof: return
        case .closed: actions.append(.alert(alert(edge)))
        case .open, .halfOpen: break
        }
        let until = desks[edge].breaker.open(now: now.monotonic, using: &random)
        desks[edge].downSince = desks[edge].downSince ?? now.monotonic
        desks[edge].upSince = nil
        desks[edge].probe = nil
        wakeEdge(edge, at: max(until, desks[edge].throttledUntil))
        deferWaiting(edge) { _ in true }
    }

    /// What waits in the edge's lanes and has a kind of selectors that the edge refuses leaves them.
    private mutating func deferRefused(_ edge: Int) {
        let refused = desks[edge].checks.refused.reduce(into: SelectorKinds()) { $0.formUnion($1.kinds) }
        deferWaiting(edge) { !$0.isDisjoint(with: refused) }
    }

    /// - Parameter isMeant: asked with the kinds of selectors that the edge takes of a request.
    private mutating func deferWaiting(_ edge: Int, where isMeant: (SelectorKinds) -> Bool) {
        let takes = desks[edge].profile.takes
        var parts: [PartKey] = []
        for lane in lanes.places where lanes[lane].edge == edge {
            for number in 0..<lanes[lane].waiting.count { parts.append(lanes[lane].waiting[number].part) }
        }
        for part in parts where isUnsettled(part) {
            let (place, target) = (part.record.index, Int(part.target))
            guard isMeant(records[place].measure.kinds.intersection(takes)) else { continue }
            switch records[place].targets[target].stage {
            case .queued, .held: leaveForNow(place, target, edge)
            case .waiting, .sending, .settled: break
            }
        }
        for lane in lanes.places where lanes[lane].edge == edge { dropDelayed(lane) }
    }

    /// A part that its edge does not get now: what was only tried ahead of its time waits on, the rest is deferred.
    private mutating func leaveForNow(_ place: Int, _ target: Int, _ edge: Int) {
        if records[place].kept != nil, !isDue(place) { return waitAgain(place, target) }
        if let failure = refusal(place, edge) { return deferRefused(place, target, failure) }
        settle(place, target, .deferred, reason: .breaker)
    }

    /// Why the edge would refuse the request, as its last check showed.
    func refusal(_ place: Int, _ edge: Int) -> PurgeFailure? {
        guard !desks[edge].checks.refusesNothing else { return nil }
        return desks[edge].checks.refusal(of: records[place].measure.kinds.intersection(desks[edge].profile.takes))
    }

    /// A part that the edge refuses waits for the next retry round; after the last one it is a dead letter.
    mutating func deferRefused(_ place: Int, _ target: Int, _ failure: PurgeFailure) {
        records[place].firstFailedAt = records[place].firstFailedAt ?? now.wall
        records[place].targets[target].failure = failure
        let isLastRound = records[place].tier == tierDelays.count - 1
        if !canPutOff || isLastRound || records[place].targets[target].attempts >= attemptsInAll {
            settle(place, target, .dead, failure: failure)
        } else {
            settle(place, target, .deferred, reason: .failed)
        }
    }

    /// One part that was deferred shows whether the edge is back; if there is none, the next new one does. Each probe is
    /// another part than the one before: a single request that always fails must not keep the edge closed.
    mutating func sendProbe(_ edge: Int) {
        let places = records.places
        let split = places.firstIndex { $0 > desks[edge].lastProbe } ?? 0
        for place in places[split...] + places[..<split] where records[place].phase == .parked {
            for target in records[place].targets.indices
            where records[place].targets[target].edge == edge && records[place].targets[target].stage == .waiting {
                guard startWaiting(place, target, isAhead: true) == .started else { continue }
                desks[edge].lastProbe = place
                return
            }
        }
    }

    // MARK: - Up

    private mutating func recover(_ edge: Int, isProbe: Bool) {
        if desks[edge].breaker.state == .halfOpen, isProbe {
            desks[edge].breaker.close()
            desks[edge].concurrency.ramp()
            desks[edge].probe = nil
            desks[edge].downSince = nil
            desks[edge].hasDeferredBacklog = true
            actions.append(.alert(.edgeUp(edge: edge)))
        }
        guard desks[edge].breaker.isClosed, desks[edge].upSince == nil else { return }
        desks[edge].upSince = now.wall
        (desks[edge].recoveredAt, desks[edge].deferredSince) = (now.wall, nil)
        catchUp(edge)
    }

    /// A record that another worker may have deferred tells how long the edge has been down.
    mutating func noteOutage(_ note: RetryNote) {
        guard note.reason == .breaker else { return }
        for part in note.parts {
            guard let edge = edgePlaces[part.edge], note.deferredAt > desks[edge].recoveredAt ?? note.deferredAt + -1
            else { continue }
            desks[edge].deferredSince = min(desks[edge].deferredSince ?? note.deferredAt, note.deferredAt)
        }
    }

    /// How long the edge has been down, in milliseconds; nil while it is not.
    func outage(_ edge: Int) -> Int64? {
        guard let downSince = desks[edge].downSince else { return nil }
        let own = (now.monotonic - downSince) / 1_000_000
        guard let deferredSince = desks[edge].deferredSince else { return own }
        return max(own, now.wall.milliseconds - deferredSince.milliseconds)
    }

    /// What was deferred for the edge need not wait for its time: the edge has shown that it purges.
    ///
    /// The retry topics are read on past what cannot run only where something of this edge may stand there: what is in the
    /// way is written again, and after each restart of a worker that would be the whole backlog of an edge that is down.
    mutating func catchUp(_ edge: Int) {
        desks[edge].idleSince = now.wall
        if desks[edge].hasDeferredBacklog || desks[edge].parked > 0 { scanRetryTopics(edge) }
        for place in records.places where records.isUsed(place) && records[place].phase == .parked {
            startParts(place)
        }
    }

    /// Not all the time, however often the edge comes and goes.
    private mutating func scanRetryTopics(_ edge: Int) {
        let next = desks[edge].scannedAt + EdgeDesk.scanPauseMin
        guard next <= now.monotonic else {
            desks[edge].hasDeferredBacklog = true
            return wakeEdge(edge, at: next)
        }
        desks[edge].scannedAt = now.monotonic
        desks[edge].hasDeferredBacklog = false
        for place in partitions.places where partitions[place].source.tier != nil {
            partitions[place].scanUntil = now.wall
        }
    }

    /// An edge without work that has a deferred backlog looks for it, but not all the time.
    mutating func catchUpIfIdle(_ edge: Int) {
        guard desks[edge].hasDeferredBacklog, desks[edge].parts == 0, desks[edge].breaker.isClosed,
            desks[edge].upSince != nil
        else { return }
        let next = desks[edge].scannedAt + desks[edge].scanPause
        guard next <= now.monotonic else { return wakeEdge(edge, at: next) }
        desks[edge].scanPause = min(desks[edge].scanPause * 2, EdgeDesk.scanPauseMax)
        catchUp(edge)
    }

    /// There may be room again for retries whose time has come.
    mutating func fillUp(_ edge: Int) {
        while let part = desks[edge].inLine.first {
            guard isUnsettled(part) else {
                _ = desks[edge].inLine.popFirst()
                continue
            }
            let (place, target) = (part.record.index, Int(part.target))
            guard records[place].targets[target].stage == .waiting else {
                _ = desks[edge].inLine.popFirst()
                continue
            }
            _ = desks[edge].inLine.popFirst()
            records[place].targets[target].isInLine = false
            if startWaiting(place, target) == .noRoom { break }
        }
        catchUpIfIdle(edge)
    }
}
