// How a record ends: every part settled, then the deferral or dead letter, then the report, then the ledger.
extension WorkerCore {
    mutating func endPurging(_ place: Int) {
        unpark(place)
        precondition(records[place].phase == .purging && records[place].targetsLeft == 0, "an edge is still to answer")
        unwatch(place)
        records[place].phase = .storing
        let isPutOff = records[place].targets.contains { $0.state == .deferred } && fault != .forgetDeferral
        let isDead = records[place].deadClass != nil
        records[place].storesLeft = (isPutOff ? 1 : 0) + (isDead ? 1 : 0)
        if isPutOff { putOff(place) }
        if isDead { bury(place) }
        if records[place].storesLeft == 0 || fault == .finishBeforeStored { startReporting(place) }
    }

    mutating func deliveryEnded(_ ticket: DeliveryTicket, isStored: Bool) {
        let place = ticket.record.index
        // Its partition was revoked meanwhile: somebody else reads the record again.
        guard ticket.isOf(records.key(place)) else { return }
        if ticket.kind == .interimReport {
            // Nobody waits for it, and the next one says it all again.
            records[place].isInterimReportInFlight = false
            if !isStored { records[place].hasNews = true }
            return
        }
        guard isStored else { return remind(.redeliver(ticket), after: settings.redeliveryPause) }
        switch ticket.kind {
        case .deferral, .deadLetter:
            guard fault != .finishBeforeStored else { return }
            precondition(records[place].phase == .storing, "an acknowledgement that nobody waits for")
            records[place].storesLeft -= 1
            if records[place].storesLeft == 0 { startReporting(place) }
        case .lastReport:
            precondition(records[place].phase == .reporting, "an acknowledgement that nobody waits for")
            finish(place)
        case .interimReport: break
        }
    }

    mutating func redeliver(_ ticket: DeliveryTicket) {
        let place = ticket.record.index
        guard ticket.isOf(records.key(place)) else { return }
        switch ticket.kind {
        case .deferral: putOff(place)
        case .deadLetter: bury(place)
        case .lastReport: report(place, .lastReport)
        case .interimReport: break
        }
    }

    private mutating func startReporting(_ place: Int) {
        records[place].phase = .reporting
        // What has no id that can be read has no status: its dead letter is all there is to know.
        guard identity(place) != nil else { return finish(place) }
        report(place, .lastReport)
    }

    mutating func finish(_ place: Int) {
        let partition = records[place].partition
        if fault != .watermarkOverGaps || !partitions[partition].ledger.isSkipped(records[place].ticket) {
            partitions[partition].ledger.finish(records[place].ticket)
        }
        if fault == .watermarkOverGaps { partitions[partition].ledger.skipGaps() }
        partitions[partition].hasNews = true
        finishedSinceCommit += 1
        free(place)
    }

    /// The place is used again; what is still on the way for it is recognised by its generation.
    mutating func free(_ place: Int) {
        unpark(place)
        unwatch(place)
        openBytes -= records[place].original.byteCount
        if let namespace = records[place].namespace { namespaces.release(namespace) }
        if let id = records[place].invalidation?.id { requestIndex.remove(id, place) }
        if !settings.strictNamespaces.isEmpty, records[place].kept != nil {
            strictRetries.remove(
                place, offset: records[place].origin.offset, partition: records[place].position.source.partition)
        }
        if let kept = records[place].kept, retriesInHand[kept.note.origin] == place {
            retriesInHand[kept.note.origin] = nil
        }
        records[place].original = OriginalRecord(key: nil, value: nil)
        records[place].invalidation = nil
        records[place].kept = nil
        records[place].targets = []
        records.remove(place)
    }

    // MARK: - Deferrals

    private mutating func putOff(_ place: Int) {
        guard let invalidation = records[place].invalidation else { preconditionFailure("only requests are put off") }
        var left = records[place].targets.filter { $0.state == .deferred }
        let (tier, notBefore) = nextVisit(place, left)
        if fault == .loseEdgeOfRetry, left.count > 1 { left.removeLast() }
        let partition = records[place].position.source.partition
        let isReadHere = partitionPlaces[SourcePartition(tier: tier, partition: partition)] != nil
        for target in left {
            guard let edge = target.edge else { continue }
            // A second purge that is planned now is not part of the record: read again, that may expire before it is
            // planned once more, and only the other copy would remain to end what was told of it.
            let isFollowed = isReadHere && target.deferral != .again
            recentDeferrals.putOff(
                .init(records[place].origin, id(place), edge: edge, target.step), at: isFollowed ? now.wall : nil)
        }
        let failure = left.lazy.compactMap(\.failure).first
        let note = RetryNote(
            origin: records[place].origin, deferredAt: now.wall, notBefore: notBefore,
            parts: left.map { target in
                let name = target.step == .first ? target.name : target.name.droppingAgain
                return RetryNote.Part(edge: name, step: target.step, attempts: target.attempts)
            },
            reason: reason(of: left),
            firstFailedAt: records[place].firstFailedAt,
            lastFailure: failure)
        actions.append(
            .putOff(
                DeliveryTicket(record: records.key(place), kind: .deferral).number,
                Deferral(
                    tier: tier, partition: fault == .wrongPartition ? partition ^ 1 : partition,
                    original: records[place].original, invalidation: invalidation, note: note)))
    }

    /// Of several the one that takes the longest: whoever failed waits for its time, whatever becomes of the others.
    private func reason(of left: [Target]) -> DeferralReason {
        let reasons = left.compactMap(\.deferral)
        if reasons.contains(.failed) { return .failed }
        if reasons.contains(.again) { return .again }
        return reasons.first { !$0.isForPlaceAlone } ?? reasons.first ?? .failed
    }

    /// The retry topic and the time for what is left of a record.
    private func nextVisit(_ place: Int, _ left: [Target]) -> (tier: Int, notBefore: Timestamp) {
        let tier = records[place].tier
        let secondPurge = longestSecondPause(of: left)
        if let tier, let note = records[place].note, !isDue(place), secondPurge == nil {
            // It was only read ahead of its time: nothing changes but its place.
            let isInnerDone = records[place].targets.contains { $0.stage == .settled && $0.state != .deferred }
            return (tier, max(note.notBefore, now.wall + (isInnerDone ? layerDistance(of: left) : 0)))
        }
        if tier != nil, left.allSatisfy({ $0.deferral?.isForPlaceAlone ?? false }) {
            // Nothing has failed: a free place is all that it waits for, and not for the next topic's time.
            return (0, now.wall + max(tierDelays[0], layerDistance(of: left)))
        }
        if let outage = longestOutage(of: left), fault != .climbTiers {
            // As long as the edge has been down it may stay down: there is no use in writing it again sooner. When it is
            // back, its backlog is read ahead of time.
            let fitting = max(tierDelays.firstIndex { $0 >= outage } ?? tierDelays.count - 1, tier ?? 0)
            return (fitting, now.wall + max(tierDelays[fitting], layerDistance(of: left)))
        }
        let last = tierDelays.count - 1
        let next = fault == .wrongTier ? 0 : min((tier ?? -1) + 1, last)
        guard let secondPurge else { return (next, now.wall + max(tierDelays[next], layerDistance(of: left))) }
        // What has not come due yet does not come due sooner for the company it is put off with.
        let earliest = records[place].note?.notBefore ?? now.wall
        guard left.contains(where: { $0.deferral != .again }) else {
            let fitting = tierDelays.firstIndex { $0 >= secondPurge } ?? last
            return (max(fitting, tier ?? 0), max(now.wall + secondPurge, earliest))
        }
        return (next, max(now.wall + max(tierDelays[next], secondPurge, layerDistance(of: left)), earliest))
    }

    /// How long the edges have been down that alone are waited for, in milliseconds; nil where something else is, too.
    private func longestOutage(of left: [Target]) -> Int64? {
        var longest: Int64?
        for target in left {
            switch target.deferral {
            case .failed, .again, nil: return nil
            case .breaker, .overflow, .order, .blocking, .scan: break
            }
            guard let edge = target.edge, let outage = outage(edge) else { continue }
            longest = max(longest ?? 0, outage)
        }
        return longest
    }

    /// Of the second purges that were planned in this visit, in milliseconds; nil where there are none.
    private func longestSecondPause(of targets: [Target]) -> Int64? {
        var longest: Int64?
        for target in targets where target.deferral == .again {
            guard let edge = target.edge, let pause = desks[edge].profile.purgesAgainAfter else { continue }
            longest = max(longest ?? 0, pause.milliseconds)
        }
        return longest
    }

    /// The distance that the outermost of them keep, in milliseconds.
    private func layerDistance(of targets: [Target]) -> Int64 {
        var distance: Int64 = 0
        for target in targets {
            if let edge = target.edge { distance = max(distance, layerDistance(edge)) }
        }
        return distance
    }

    // MARK: - Dead letters

    private mutating func bury(_ place: Int) {
        guard let deadClass = records[place].deadClass else { preconditionFailure("nothing to bury") }
        let failed = records[place].targets.compactMap { target -> DeadLetter.FailedEdge? in
            guard target.state == .dead || fault == .blameAllEdges else { return nil }
            return DeadLetter.FailedEdge(
                edge: target.name, attempts: target.attempts,
                failure: target.failure ?? PurgeFailure(.unknown, "no failure is known"))
        }
        let letter = DeadLetter(
            deadClass: deadClass, position: records[place].origin, original: records[place].original,
            invalidation: records[place].invalidation, failedEdges: failed, reason: records[place].reason,
            firstFailedAt: records[place].firstFailedAt ?? now.wall, lastFailedAt: now.wall)
        actions.append(.bury(DeliveryTicket(record: records.key(place), kind: .deadLetter).number, letter))
    }
}

extension String {
    /// The edge's own name, of that of its second purge.
    fileprivate var droppingAgain: String {
        hasSuffix(PurgeStep.againSuffix) ? String(dropLast(PurgeStep.againSuffix.count)) : self
    }
}
