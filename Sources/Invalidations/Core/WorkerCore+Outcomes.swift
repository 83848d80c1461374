// What an outcome means.
extension WorkerCore {
    mutating func purgeEnded(_ lane: Int, _ outcome: PurgeOutcome, now: Instant, actions: inout [WorkerAction]) {
        precondition(lanes[lane].state == .inFlight, "an outcome for a lane with nothing in flight")
        let sent = lanes[lane].inFlight
        lanes[lane].inFlight.removeAll(keepingCapacity: true)
        lanes[lane].state = .idle

        var again: [LaneEntry] = []
        var pause: Int64 = 0
        for (place, entry) in sent.enumerated() {
            switch outcome[place] {
            case .acknowledged:
                acknowledged(entry, edge: lanes[lane].edge, now: now, actions: &actions)
            case .failed(let failure):
                if records[entry.record].firstFailedAt == nil { records[entry.record].firstFailedAt = now.wall }
                guard let retry = retry(entry, after: failure, batchSize: sent.count) else {
                    settle(entry, .dead, failure, now: now, actions: &actions)
                    continue
                }
                again.append(retry.entry)
                pause = max(pause, retry.pause)
            }
        }
        // First attempts keep their order because what failed goes back to the front.
        for entry in again.reversed() { lanes[lane].waiting.prepend(entry) }
        rest(lane, for: pause, now: now, actions: &actions)
    }

    private mutating func rest(_ lane: Int, for pause: Int64, now: Instant, actions: inout [WorkerAction]) {
        guard pause > 0 else { return sendNext(lane, now: now, actions: &actions) }
        lanes[lane].state = .resting
        remind(.wakeLane(lane), after: pause, now: now)
    }

    private mutating func acknowledged(_ entry: LaneEntry, edge: Int, now: Instant, actions: inout [WorkerAction]) {
        records[entry.record].targets[entry.target].attempts = entry.attempts + 1
        let profile = edges[edge]
        if let invalidation = records[entry.record].invalidation,
            !invalidation.selectors.kinds.isSubset(of: profile.takes), profile.unsupported == .dead
        {
            return settle(entry, .dead, unsupported(by: profile, invalidation), now: now, actions: &actions)
        }
        settle(entry, .purged, nil, now: now, actions: &actions)
    }

    /// The entry as it is to be sent again and the pause before; nil when no attempt is left.
    private mutating func retry(
        _ entry: LaneEntry, after failure: PurgeFailure, batchSize: Int
    ) -> (entry: LaneEntry, pause: Int64)? {
        guard !records[entry.record].isAbandoned else { return nil }
        var entry = entry
        if failure.failureClass == .permanentItem, batchSize > 1 {
            // Which of them the edge refused is only known when each is asked alone.
            entry.travelsAlone = true
            return (entry, 0)
        }
        entry.attempts += 1
        records[entry.record].targets[entry.target].attempts = entry.attempts
        guard !failure.isPermanent, entry.attempts < settings.retry.attemptsMax else { return nil }
        records[entry.record].targets[entry.target].failure = failure
        let pause = settings.retry.pause(
            afterAttempts: entry.attempts, retryAfter: failure.retryAfter, using: &random)
        return (entry, max(pause, 1))
    }
}
