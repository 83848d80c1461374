// Outcomes of batches, applied to the requests in them.
extension WorkerCore {
    /// So many entries of one batch, then it is the next one's turn.
    private static let completionSlice = 8

    mutating func applyOutcome(_ key: PoolKey, _ outcome: PurgeOutcome, pause: Duration?) {
        queues.answer(key)
        // Taken out and put back empty, so that its memory serves the next one.
        var batch = InFlightBatch()
        queues.swapBatch(key.index, with: &batch)
        let edge = batch.edge
        if let pause { runtimes[edge].leaveAlone(for: pause, now: now.monotonic) }
        // What learning that the edge is back sets going may be done already.
        rememberPurges(batch, outcome)
        judge(batch, outcome)
        var completion = BatchCompletion(key, outcome, entries: batch.entries.count)
        if !apply(&completion, &batch, until: actions.count + settings.actionsAtOnce) {
            completions.append(completion)
            remindOfCompletions()
        }
        queues.swapBatch(key.index, with: &batch)
        fillUp(edge)
        queues.schedule(edge)
    }

    private mutating func remindOfCompletions() {
        if let pause = completions.setTimer() { remind(.completions, after: pause) }
    }

    mutating func continueCompletions() {
        completions.timerCame()
        let limit = actions.count + completions.portion(min: settings.actionsAtOnce)
        while actions.count < limit, var completion = completions.next() {
            var batch = InFlightBatch()
            queues.swapBatch(completion.batch.index, with: &batch)
            let isOver = apply(&completion, &batch, until: min(limit, actions.count + Self.completionSlice))
            queues.swapBatch(completion.batch.index, with: &batch)
            if !isOver { completions.append(completion) }
        }
        remindOfCompletions()
    }

    /// Applies a completion to the entries of its batch, until there are so many actions. Their lane sends nothing
    /// before that is done.
    ///
    /// - Returns: whether it was applied to all of them; then the batch is over.
    private mutating func apply(
        _ completion: inout BatchCompletion, _ batch: inout InFlightBatch, until limit: Int
    ) -> Bool {
        while completion.entriesLeft > 0 {
            guard actions.count < limit else { return false }
            applyOutcome(completion.taken, of: batch, &completion)
            completion.advance()
        }
        let lane = batch.lane
        putBack(completion.toResend, lane)
        if completion.pause > .zero, queues[lane: lane].requests > 0 {
            pause(lane, for: completion.pause)
        } else {
            queues.becomeIdle(lane)
            laneChanged(lane)
        }
        batch.empty()
        queues.closeBatch(completion.batch)
        return true
    }

    private mutating func applyOutcome(
        _ number: Int, of batch: InFlightBatch, _ completion: inout BatchCompletion
    ) {
        let entry = batch.entries[number]
        let outcome = completion.outcome[Int(batch.items[number])]
        // Its partition was revoked, or it was deferred, while the purge was under way.
        guard isSending(entry.part) else { return }
        switch outcome {
        case .acknowledged(let objects):
            acknowledged(entry, batch, objects: objects, isCovered: batch.isCovered[number])
        case .failed(let failure):
            if let retry = retry(number, after: failure, batch) {
                completion.resend(retry.entry, after: retry.pause)
            }
        }
        workOffConsequences()
    }

    private func isSending(_ part: PartKey) -> Bool {
        records.holds(part.record) && records[part.record.index].request[Int(part.target)].stage == .sending
    }

    /// First attempts keep their order because what failed goes back to the front.
    private mutating func putBack(_ entries: [LaneEntry], _ lane: Int) {
        for entry in entries.reversed() {
            // Meanwhile another part of its record may have deferred it.
            guard isSending(entry.part) else { continue }
            records[entry.part.record.index].request.requeue(Int(entry.part.target))
            queues.putBack(entry, in: lane)
            if runtimes[queues[lane: lane].edge].profile.fanOutMax != nil { releaseHeld(entry.part.record.index) }
        }
    }

    private mutating func acknowledged(
        _ entry: LaneEntry, _ batch: InFlightBatch, objects: Int?, isCovered: Bool
    ) {
        let (index, target) = (entry.part.record.index, Int(entry.part.target))
        if !isCovered { records[index].request[target].objects = objects }
        records[index].request[target].attempts += 1
        if let failure = unsupported(index, by: batch.edge, isAll: false) {
            return settle(index, target, as: .dead(failure))
        }
        settle(index, target, as: isCovered ? .coalesced : .purged)
    }

    /// What was deferred for this edge may turn out to be done.
    private mutating func rememberPurges(_ batch: InFlightBatch, _ outcome: PurgeOutcome) {
        guard runtimes[batch.edge].hasBacklog else { return }
        let startedAt = batch.startedAt.wall
        for (index, entry) in batch.entries.enumerated() {
            guard case .acknowledged = outcome[Int(batch.items[index])] else { continue }
            guard records.holds(entry.part.record),
                let invalidation = records[entry.part.record.index].invalidation
            else { continue }
            recentPurges.add(
                invalidation.selectors.part(for: runtimes[batch.edge].profile.accepts), invalidation.mode,
                edge: batch.edge, namespace: invalidation.namespace, startedAt: startedAt)
        }
    }

    // MARK: - Failures

    /// The entry as it is to be sent again in this retry round, and the pause before; nil where it was deferred or
    /// given up.
    private mutating func retry(
        _ number: Int, after failure: PurgeFailure, _ batch: InFlightBatch
    ) -> (entry: LaneEntry, pause: Duration)? {
        var entry = batch.entries[number]
        let (index, target) = (entry.part.record.index, Int(entry.part.target))
        if records[index].firstFailedAt == nil { records[index].firstFailedAt = now.wall }
        records[index].request[target].failure = failure
        records[index].hasNews = true
        switch failure.failureClass {
        case .permanentItem, .permanentTarget:
            if batch.entries.count > 1, failure.isShared || batch.hasCompany(number) {
                // Which of them the edge refused shows when they are asked in smaller batches.
                entry.companionsMax = Int32((batch.entries.count + 1) / 2)
                return (entry, .zero)
            }
            records[index].request[target].attempts += 1
            refused(index, target, failure)
            return nil
        case .throttled, .quota:
            // The edge is throttled as a whole; that says nothing about this request.
            return isOpen(batch.edge) ? deferPart(index, target, .breaker) : (entry, .zero)
        case .transient, .unknown:
            return retryCounted(entry, after: failure, batch)
        }
    }

    /// What an edge will never take is given up at once. What it refuses for reasons that somebody may change is tried
    /// once in each retry round: the request's own refusal is no reason to close the edge to others.
    private mutating func refused(_ index: Int, _ target: Int, _ failure: PurgeFailure) {
        guard failure.failureClass == .permanentTarget else {
            return settle(index, target, as: .dead(failure))
        }
        if records[index].retryBox != nil, !isDue(index), records[index].request[target].attempts < attemptsInAll {
            return delayPart(index, target)
        }
        deferRefused(index, target, failure)
    }

    private mutating func retryCounted(
        _ entry: LaneEntry, after failure: PurgeFailure, _ batch: InFlightBatch
    ) -> (entry: LaneEntry, pause: Duration)? {
        let (index, target) = (entry.part.record.index, Int(entry.part.target))
        var entry = entry
        if !batch.isProbe {
            records[index].request[target].attempts += 1
            entry.attempts += 1
        }
        if records[index].request[target].attempts >= attemptsInAll {
            settle(index, target, as: .dead(failure))
            return nil
        }
        if isOpen(batch.edge) { return deferPart(index, target, .breaker) }
        if canDefer {
            guard Int(entry.attempts) < settings.retry.attemptsMax,
                runtimes[batch.edge].spendRetry(isReplay: records[index].replay != nil, now: now.monotonic)
            else { return deferPart(index, target, .failed) }
        }
        let pause = settings.retry.pause(
            afterAttempts: max(1, Int(entry.attempts)), retryAfter: failure.retryAfter, using: &random)
        return (entry, .nanoseconds(max(pause, 1)))
    }

    private func isOpen(_ edge: Int) -> Bool { canDefer && !runtimes[edge].isClosed }

    /// - Returns: nil, for the caller to return: the part is not sent again in this retry round.
    private mutating func deferPart(
        _ index: Int, _ target: Int, _ reason: DeferReason
    ) -> (entry: LaneEntry, pause: Duration)? {
        // What was only tried ahead of its time waits on, where it is.
        if records[index].retryBox != nil, !isDue(index) {
            delayPart(index, target)
        } else {
            settle(index, target, as: .deferred(reason))
        }
        return nil
    }
}
