internal import Basics

// End of a record: its retry record or dead letter, its last report, its offset.
extension WorkerCore {
    mutating func endPurging(_ index: Int) {
        endDelay(index)
        records.unwatch(index)
        let isDeferred = records[index].request.isDeferred
        let isDead = records[index].deadClass != nil
        records[index].store((isDeferred ? 1 : 0) + (isDead ? 1 : 0))
        if isDeferred { writeRetry(index) }
        if isDead { writeDeadLetter(index) }
        if !isDeferred, !isDead { startReporting(index) }
    }

    mutating func deliveryEnded(_ ticket: DeliveryTicket, isStored: Bool) {
        let index = ticket.record.index
        // Its partition was revoked meanwhile: somebody else reads the record again.
        guard ticket.isOf(records.key(index)) else { return }
        if ticket.kind == .interimReport {
            // Nobody waits for it, and the next one says it all again.
            records[index].isInterimReportInFlight = false
            if !isStored { records[index].hasNews = true }
            return
        }
        guard isStored else { return remind(.redeliver(ticket), after: settings.redeliveryPause) }
        switch ticket.kind {
        case .retryRecord, .deadLetter:
            if records[index].recordStored() { startReporting(index) }
        case .lastReport:
            precondition(records[index].phase == .reporting, "an acknowledgement that no record waits for")
            finish(index)
        case .interimReport: break
        }
    }

    mutating func redeliver(_ ticket: DeliveryTicket) {
        let index = ticket.record.index
        guard ticket.isOf(records.key(index)) else { return }
        switch ticket.kind {
        case .retryRecord: writeRetry(index)
        case .deadLetter: writeDeadLetter(index)
        case .lastReport: report(index, .lastReport)
        case .interimReport: break
        }
    }

    private mutating func startReporting(_ index: Int) {
        records[index].reportEnd()
        // What has no id that can be read has no status: its dead letter is all there is to know.
        guard identity(index) != nil else { return finish(index) }
        report(index, .lastReport)
    }

    mutating func finish(_ index: Int) {
        let partition = records[index].partition
        partitions[partition].finish(records[index].ticket)
        finishedSinceCommit += 1
        free(index)
    }

    mutating func free(_ index: Int) {
        endDelay(index)
        if let namespace = records[index].namespace { namespaces.release(namespace) }
        if !settings.strictNamespaces.isEmpty, records[index].retryBox != nil, records[index].replay == nil {
            strictSequencer.removeRetry(
                index, records[index].origin.offset, partition: records[index].position.source.partition)
        }
        records.close(index)
    }

    // MARK: - Retry records

    private mutating func writeRetry(_ index: Int) {
        guard let invalidation = records[index].invalidation else { preconditionFailure("only requests are deferred") }
        let left = records[index].request.targets.filter { $0.state == .deferred }
        let plan = retryPlan(index, left)
        let partition = records[index].position.source.partition
        let isReadHere = partitionIndices[SourcePartition(tier: plan.tier, partition: partition)] != nil
        for target in left {
            guard let edge = target.edge else { continue }
            // A second purge that is planned now is not part of the record: read again, that may expire before it is
            // planned once more, and only the other copy would remain to end what was told of it.
            let isFollowed = isReadHere && target.deferReason != .repeatPurge
            recentRetries.recordRetry(
                .init(records[index].origin, attempt(index), edge: edge, target.step), at: isFollowed ? now.wall : nil)
        }
        let failed = left.first { $0.failure != nil }
        let retry = RetryMetadata(
            origin: records[index].origin, deferredAt: now.wall, notBefore: plan.notBefore,
            parts: left.map { target in
                let (edge, step) = PurgeStep.parse(target.name)
                return RetryMetadata.Part(edge: edge, step: step, attempts: target.attempts)
            },
            reason: plan.reason,
            firstFailedAt: records[index].firstFailedAt,
            lastFailure: failed?.failure, lastFailedEdge: failed?.name, replay: records[index].replay)
        actions.append(
            .writeRetry(
                DeliveryTicket(record: records.key(index), kind: .retryRecord).number,
                RetryRecord(
                    tier: plan.tier, partition: partition,
                    original: records[index].original, invalidation: invalidation, retry: retry)))
    }

    private func retryPlan(_ index: Int, _ left: [Target]) -> RetryPlanner.Plan {
        let parts = left.map { target in
            RetryPlanner.Part(
                reason: target.deferReason ?? .failed,
                outage: target.edge.flatMap { runtimes[$0].outage(now: now) },
                repeatsAfter: target.edge.flatMap { runtimes[$0].profile.repeatsAfter?.milliseconds },
                layerDistance: target.edge.map { layerDistance($0) } ?? 0)
        }
        var previous: RetryPlanner.Previous?
        if let tier = roundTier(index), let retry = records[index].retry {
            previous = RetryPlanner.Previous(
                tier: tier, notBefore: retry.notBefore,
                hasEndedPart: records[index].request.targets.contains { $0.stage == .settled && $0.state != .deferred })
        }
        return RetryPlanner(delays: tierDelays).plan(
            parts, after: previous, notBefore: records[index].invalidation?.notBefore, now: now.wall)
    }

    // MARK: - Dead letters

    private mutating func writeDeadLetter(_ index: Int) {
        guard let deadClass = records[index].deadClass else { preconditionFailure("no reason for a dead letter") }
        let failed = records[index].request.targets.compactMap { target -> DeadLetter.FailedEdge? in
            guard target.state == .dead else { return nil }
            return DeadLetter.FailedEdge(
                edge: target.name, attempts: target.attempts,
                failure: target.failure ?? PurgeFailure(.unknown, "no failure is known"))
        }
        let deadLetter = DeadLetter(
            deadClass: deadClass, position: records[index].origin, original: records[index].original,
            invalidation: records[index].invalidation, failedEdges: failed, reason: records[index].reason,
            firstFailedAt: records[index].firstFailedAt ?? now.wall, lastFailedAt: now.wall,
            replay: records[index].replay)
        actions.append(
            .writeDeadLetter(DeliveryTicket(record: records.key(index), kind: .deadLetter).number, deadLetter))
    }
}
