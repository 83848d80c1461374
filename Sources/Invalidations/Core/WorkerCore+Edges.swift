// How an edge does, and what follows.
extension WorkerCore {
    /// The longest rest that an edge can ask for.
    private static let restMax = Duration.seconds(3600)
    /// The rest after an answer that says it was too much, but not for how long; doubled each time in a row.
    private static let throttlePause = Duration.seconds(1)
    private static let throttlePauseMax = Duration.seconds(60)

    /// What a batch's outcome says about its edge.
    mutating func learn(_ flight: Flight, _ outcome: PurgeOutcome) {
        let edge = flight.edge
        guard case .each(let items) = outcome else { return didWell(edge, flight) }
        let verdict = Verdict(items)
        if let failure = verdict.throttling { throttled(edge, failure, flight) }
        if let failure = verdict.refusal, canPutOff {
            return fell(edge, flight) { .edgeRefuses(edge: $0, failure) }
        }
        if let failure = verdict.trouble {
            desks[edge].concurrency.struggled(startedAt: flight.startedAt.monotonic, now: now.monotonic)
            if let pause = failure.retryAfter { letRest(edge, for: pause) }
            let isTooMany = desks[edge].breaker.failed(now: now.monotonic)
            guard canPutOff, flight.isProbe || isTooMany else { return }
            return fell(edge, flight) { .edgeDown(edge: $0, failure) }
        }
        if verdict.isAnswer { didWell(edge, flight) }
    }

    /// Markers were answered.
    mutating func checked(_ edge: Int, _ check: EdgeCheck) {}

    private mutating func didWell(_ edge: Int, _ flight: Flight) {
        desks[edge].throttles = 0
        desks[edge].concurrency.succeeded()
        desks[edge].breaker.succeeded(now: now.monotonic)
        rose(edge, flight)
    }

    /// The parts of an outcome that concern the edge as a whole.
    private struct Verdict {
        /// It answered, whatever it thinks of the items.
        var isAnswer = false
        var throttling: PurgeFailure?
        var refusal: PurgeFailure?
        var trouble: PurgeFailure?

        init(_ items: [ItemOutcome]) {
            for item in items {
                guard case .failed(let failure) = item else {
                    isAnswer = true
                    continue
                }
                switch failure.failureClass {
                case .permanentItem: isAnswer = true
                case .throttled, .quota: throttling = failure
                case .permanentTarget: refusal = failure
                case .transient, .unknown: trouble = failure
                }
            }
        }
    }

    // MARK: - Rests

    private mutating func throttled(_ edge: Int, _ failure: PurgeFailure, _ flight: Flight) {
        desks[edge].concurrency.struggled(startedAt: flight.startedAt.monotonic, now: now.monotonic)
        desks[edge].throttles += 1
        let doubled = Self.throttlePause * Double(1 << min(desks[edge].throttles - 1, 10))
        letRest(edge, for: failure.retryAfter ?? min(doubled, Self.throttlePauseMax))
    }

    mutating func letRest(_ edge: Int, for pause: Duration) {
        let until = now.monotonic + min(max(pause, .zero), Self.restMax).nanoseconds
        desks[edge].restsUntil = max(desks[edge].restsUntil, until)
    }

    mutating func wakeEdge(_ edge: Int, at time: Int64) {
        if let known = desks[edge].wakesAt, known <= time { return }
        desks[edge].wakesAt = time
        remind(.edge(edge), at: time)
    }

    /// The time that the edge was waiting for has come.
    mutating func wakeEdge(_ edge: Int) {
        if let wakesAt = desks[edge].wakesAt, wakesAt <= now.monotonic { desks[edge].wakesAt = nil }
        if case .open(let until) = desks[edge].breaker.state, fault != .neverProbe {
            // The timer may have been set for an earlier rest.
            guard until <= now.monotonic else { return wakeEdge(edge, at: until) }
            desks[edge].breaker.halfOpen()
            sendProbe(edge)
        }
        fillUp(edge)
        pump(edge)
    }

    // MARK: - Down

    /// The breaker opens: whatever waits for the edge is put off, so that nothing waits behind it.
    private mutating func fell(_ edge: Int, _ flight: Flight, _ alert: (Int) -> WorkerAlert) {
        switch desks[edge].breaker.state {
        // What was under way when the breaker opened says nothing new.
        case .open: return
        case .halfOpen where !flight.isProbe: return
        case .closed: actions.append(.alert(alert(edge)))
        case .halfOpen: break
        }
        let until = desks[edge].breaker.open(now: now.monotonic, using: &random)
        desks[edge].upSince = nil
        desks[edge].probe = nil
        wakeEdge(edge, at: until)
        putOffWaiting(edge)
    }

    private mutating func putOffWaiting(_ edge: Int) {
        var parts: [PartKey] = []
        for lane in lanes.places where lanes[lane].edge == edge {
            for number in 0..<lanes[lane].waiting.count { parts.append(lanes[lane].waiting[number].part) }
        }
        for part in parts where isUnsettled(part) {
            let (place, target) = (part.record.index, Int(part.target))
            switch records[place].targets[target].stage {
            case .queued, .held:
                if records[place].kept != nil, !isDue(place) {
                    waitAgain(place, target)
                } else {
                    settle(place, target, .deferred, reason: .breaker)
                }
            case .waiting, .sending, .settled: break
            }
        }
        // Nothing in them waits any more; what is only parked must not be found here when it comes back.
        for lane in lanes.places where lanes[lane].edge == edge {
            precondition(lanes[lane].requests == 0, "something waits for an edge that is down")
            while lanes[lane].waiting.popFirst() != nil {}
        }
    }

    /// One part that was put off shows whether the edge is back; if there is none, the next new one does.
    mutating func sendProbe(_ edge: Int) {
        for place in records.places where records[place].phase == .parked {
            for target in records[place].targets.indices
            where records[place].targets[target].edge == edge && records[place].targets[target].stage == .waiting {
                if startWaiting(place, target, isAhead: true) == .started { return }
            }
        }
    }

    // MARK: - Up

    private mutating func rose(_ edge: Int, _ flight: Flight) {
        if desks[edge].breaker.state == .halfOpen, flight.isProbe {
            desks[edge].breaker.close()
            desks[edge].concurrency.ramp()
            desks[edge].probe = nil
            actions.append(.alert(.edgeUp(edge: edge)))
        }
        guard desks[edge].breaker.isClosed, desks[edge].upSince == nil else { return }
        desks[edge].upSince = now.wall
        catchUp(edge)
    }

    /// What was put off for the edge need not wait for its time: the edge has shown that it purges.
    mutating func catchUp(_ edge: Int) {
        desks[edge].idleSince = now.wall
        desks[edge].scannedAt = now.monotonic
        desks[edge].owes = false
        for place in partitions.places where partitions[place].source.tier != nil {
            partitions[place].scanUntil = now.wall
        }
        for place in records.places where records.isUsed(place) && records[place].phase == .parked {
            startParts(place)
        }
    }

    /// An edge without work that owes some looks for it, but not all the time.
    mutating func catchUpIfIdle(_ edge: Int) {
        guard desks[edge].owes, desks[edge].parts == 0, desks[edge].breaker.isClosed, desks[edge].upSince != nil else {
            return
        }
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
