// What an outcome means.
extension WorkerCore {
    /// An edge that answers for hundreds of requests at once must not make others wait for all that follows from it, here
    /// and at the broker: this often a few of them learn of it, …
    private static let landingInterval = Duration.milliseconds(1)
    private static let landingShare = 32
    /// … and while so many wait that a backlog would stand still, many, without a pause.
    private static let landingsMany = 1_024
    private static let landingShareOfMany = 4
    /// So many of one flight, then it is the next one's turn.
    private static let landingSlice = 8

    mutating func purgeEnded(_ key: PoolKey, _ outcome: PurgeOutcome, rest: Duration?) {
        precondition(flights.holds(key), "an outcome without a purge")
        // Taken out and put back empty, so that its memory serves the next one.
        var flight = Flight()
        swap(&flight, &flights[key.index])
        precondition(lanes[flight.lane].state == .inFlight, "an outcome for a lane with nothing in flight")
        let edge = flight.edge
        desks[edge].inFlight -= 1
        if let rest { leaveAlone(edge, for: rest) }
        // What learning that the edge is back sets going may be done already.
        rememberPurges(flight, outcome)
        judge(flight, outcome)
        var landing = Landing(key, outcome)
        if !land(&landing, &flight, until: actions.count + settings.actionsAtOnce) {
            landingEntries += flight.entries.count - landing.taken
            landings.append(landing)
            remindOfLandings()
        }
        swap(&flight, &flights[key.index])
        fillUp(edge)
        pump(edge)
    }

    private mutating func remindOfLandings() {
        guard !isLandingTimerSet, !landings.isEmpty else { return }
        isLandingTimerSet = true
        let pause = landingEntries < Self.landingsMany ? Self.landingInterval : .nanoseconds(1)
        remind(.landings, after: pause)
    }

    private var landingPortion: Int {
        let share = landingEntries < Self.landingsMany ? Self.landingShare : Self.landingShareOfMany
        return max(settings.actionsAtOnce, landingEntries / share)
    }

    mutating func goOnLanding() {
        isLandingTimerSet = false
        let limit = actions.count + landingPortion
        while actions.count < limit, var landing = landings.popFirst() {
            var flight = Flight()
            swap(&flight, &flights[landing.flight.index])
            let before = landing.taken
            let isOver = land(&landing, &flight, until: min(limit, actions.count + Self.landingSlice))
            swap(&flight, &flights[landing.flight.index])
            landingEntries -= landing.taken - before
            if !isOver { landings.append(landing) }
        }
        remindOfLandings()
    }

    /// Tells the entries of a flight what came of it, until there are so many actions. Their lane sends nothing before
    /// all of them know.
    ///
    /// - Returns: whether they do; then the flight is over.
    private mutating func land(_ landing: inout Landing, _ flight: inout Flight, until limit: Int) -> Bool {
        while landing.taken < flight.entries.count {
            guard actions.count < limit else { return false }
            tell(landing.taken, of: flight, &landing)
            landing.taken += 1
        }
        let lane = flight.lane
        putBack(landing.again, lane)
        if landing.pause > .zero, lanes[lane].requests > 0 {
            lanes[lane].state = .resting
            remindLane(lane, after: landing.pause)
        } else {
            lanes[lane].state = .idle
            laneChanged(lane)
        }
        flight.empty()
        flights.remove(landing.flight.index)
        return true
    }

    private mutating func tell(_ number: Int, of flight: Flight, _ landing: inout Landing) {
        let entry = flight.entries[number]
        let outcome = landing.outcome[Int(flight.items[number])]
        // Its partition was revoked, or it was put off, while the purge was under way.
        guard isSending(entry.part) else { return }
        switch outcome {
        case .acknowledged(let objects):
            acknowledged(entry, flight, objects: objects, isRider: flight.isRider[number])
        case .failed(let failure):
            guard let retry = retry(number, after: failure, flight) else { return }
            landing.again.append(retry.entry)
            landing.pause = max(landing.pause, retry.pause)
        }
    }

    private func isSending(_ part: PartKey) -> Bool {
        records.holds(part.record) && records[part.record.index].targets[Int(part.target)].stage == .sending
    }

    /// First attempts keep their order because what failed goes back to the front.
    private mutating func putBack(_ again: [LaneEntry], _ lane: Int) {
        for entry in again.reversed() {
            // Meanwhile another part of its record may have put it off.
            guard isSending(entry.part) else { continue }
            records[entry.part.record.index].targets[Int(entry.part.target)].stage = .queued
            lanes[lane].waiting.prepend(entry)
            lanes[lane].requests += 1
            lanes[lane].bytes += Int(entry.weight.bytes)
            if desks[lanes[lane].edge].profile.fanOutMax != nil { releaseHeld(entry.part.record.index) }
        }
    }

    private mutating func acknowledged(_ entry: LaneEntry, _ flight: Flight, objects: Int?, isRider: Bool) {
        let (place, target) = (entry.part.record.index, Int(entry.part.target))
        if !isRider { records[place].targets[target].objects = objects }
        records[place].targets[target].attempts += 1
        if let failure = unsupported(place, by: flight.edge, isAll: false) {
            return settle(place, target, .dead, failure: failure)
        }
        settle(place, target, isRider ? .absorbed : .purged)
    }

    /// What was put off for this edge may turn out to be done.
    private mutating func rememberPurges(_ flight: Flight, _ outcome: PurgeOutcome) {
        guard desks[flight.edge].hasDeferredBacklog || desks[flight.edge].parked > 0 else { return }
        let startedAt = fault == .absorbByFinish ? now.wall + bounds.clockSkew : flight.startedAt.wall
        for (place, entry) in flight.entries.enumerated() {
            guard case .acknowledged = outcome[Int(flight.items[place])] else { continue }
            guard records.holds(entry.part.record),
                let invalidation = records[entry.part.record.index].invalidation
            else { continue }
            recentPurges.add(
                invalidation.selectors.part(for: desks[flight.edge].profile.takes), invalidation.mode,
                edge: flight.edge, namespace: invalidation.namespace, startedAt: startedAt)
        }
    }

    // MARK: - Failures

    /// The entry as it is to be sent again in this visit, and the pause before; nil when it was put off or given up.
    private mutating func retry(
        _ number: Int, after failure: PurgeFailure, _ flight: Flight
    ) -> (entry: LaneEntry, pause: Duration)? {
        var entry = flight.entries[number]
        let (place, target) = (entry.part.record.index, Int(entry.part.target))
        if records[place].firstFailedAt == nil { records[place].firstFailedAt = now.wall }
        records[place].targets[target].failure = failure
        records[place].hasNews = true
        switch failure.failureClass {
        case .permanentItem, .permanentTarget:
            if flight.entries.count > 1, failure.isShared || flight.hasCompany(number), fault != .skipBisection {
                // Which of them the edge refused shows when they are asked in smaller batches.
                entry.companionsMax = Int32((flight.entries.count + 1) / 2)
                return (entry, .zero)
            }
            records[place].targets[target].attempts += 1
            refused(place, target, failure)
            return nil
        case .throttled, .quota:
            // The edge rests as a whole; that says nothing about this request.
            return isOpen(flight.edge) ? putOff(place, target, .breaker) : (entry, .zero)
        case .transient, .unknown:
            return retryCounted(entry, after: failure, flight)
        }
    }

    /// What an edge will never take is given up at once. What it refuses for reasons that somebody may change is tried
    /// once in each retry round: the request's own refusal is no reason to close the edge to others.
    private mutating func refused(_ place: Int, _ target: Int, _ failure: PurgeFailure) {
        guard failure.failureClass == .permanentTarget else {
            return settle(place, target, .dead, failure: failure)
        }
        if records[place].kept != nil, !isDue(place), records[place].targets[target].attempts < attemptsInAll {
            return waitAgain(place, target)
        }
        deferRefused(place, target, failure)
    }

    private mutating func retryCounted(
        _ entry: LaneEntry, after failure: PurgeFailure, _ flight: Flight
    ) -> (entry: LaneEntry, pause: Duration)? {
        let (place, target) = (entry.part.record.index, Int(entry.part.target))
        var entry = entry
        if !flight.isProbe {
            records[place].targets[target].attempts += 1
            entry.attempts += 1
        }
        if records[place].targets[target].attempts >= attemptsInAll {
            settle(place, target, .dead, failure: failure)
            return nil
        }
        if isOpen(flight.edge) { return putOff(place, target, .breaker) }
        if canPutOff {
            guard Int(entry.attempts) < settings.retry.attemptsMax, desks[flight.edge].budget.spend(now: now.monotonic)
            else { return putOff(place, target, .failed) }
        }
        let pause = settings.retry.pause(
            afterAttempts: max(1, Int(entry.attempts)), retryAfter: failure.retryAfter, using: &random)
        return (entry, .nanoseconds(max(pause, 1)))
    }

    private func isOpen(_ edge: Int) -> Bool { canPutOff && !desks[edge].breaker.isClosed }

    /// - Returns: nil, for the caller to return: the part is not sent again in this visit.
    private mutating func putOff(
        _ place: Int, _ target: Int, _ reason: DeferralReason
    ) -> (entry: LaneEntry, pause: Duration)? {
        // What was only tried ahead of its time waits on, where it is.
        if records[place].kept != nil, !isDue(place) {
            waitAgain(place, target)
        } else {
            settle(place, target, .deferred, reason: reason)
        }
        return nil
    }
}
