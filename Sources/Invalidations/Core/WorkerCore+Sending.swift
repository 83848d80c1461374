// Sending: one purge of what a lane has, as much as fits.
extension WorkerCore {
    /// Makes one purge of what the lane has, as much as fits, and sends it.
    mutating func send(_ lane: Int) {
        let isProbe = !runtimes[queues[lane: lane].edge].isClosed
        let batchIndex = queues.makeBatch(lane, at: now, isProbe: isProbe)
        let batch = queues[lane: lane].requests == 1 ? single(lane, batchIndex) : joined(lane, batchIndex)
        guard let batch else {
            // What was first in line has expired in the meantime.
            queues.dropBatch(batchIndex)
            return laneChanged(lane)
        }
        launch(lane, batchIndex, batch)
    }

    private mutating func launch(_ lane: Int, _ batchIndex: Int, _ batch: PurgeBatch) {
        let edge = queues[lane: lane].edge
        var cost = cost(of: batch, at: edge)
        queues.send(batchIndex, items: cost.items)
        if let planned = plannedCalls(of: batch, at: edge) {
            (cost.requests, cost.items) = (planned.calls, planned.items)
        }
        runtimes[edge].charge(cost, now: now.monotonic)
        if let account = runtimes[edge].profile.account { accounts[account].charge(cost, now: now.monotonic) }
        actions.append(.purge(queues.batchKey(batchIndex).number, edge: edge, batch))
    }

    private func cost(of batch: PurgeBatch, at edge: Int) -> PurgeCost {
        let profile = runtimes[edge].profile
        var (items, singles, bytes) = (0, 0, 0)
        for selectors in batch.items {
            items += selectors.count
            bytes += selectors.byteCount
            if !profile.singleCallKinds.isEmpty { singles += selectors.only(profile.singleCallKinds).count }
        }
        return PurgeCost(items: items, singles: singles, bytes: bytes, callItemsMax: profile.callItemsMax)
    }

    /// What the edge's adapter makes of the batch, where limits need to know.
    func plannedCalls(of batch: @autoclosure () -> PurgeBatch, at edge: Int) -> PlannedCalls? {
        guard let planner = runtimes[edge].profile.planner, isLimited(edge) else { return nil }
        return planner.plan(batch())
    }

    private func isLimited(_ edge: Int) -> Bool {
        guard runtimes[edge].limits.isUnlimited else { return true }
        return runtimes[edge].profile.account.map { !accounts[$0].isUnlimited } ?? false
    }

    /// A batch of the only request in the lane: nothing to compare, nothing to remember.
    private mutating func single(_ lane: Int, _ batchIndex: Int) -> PurgeBatch? {
        guard let entry = queues.removeFirst(of: lane) else { preconditionFailure("a lane counts what it has not") }
        let invalidation = invalidation(of: entry)
        if isExpired(invalidation, entry.part.record.index) {
            settle(entry.part.record.index, Int(entry.part.target), as: .expired)
            workOffConsequences()
            return nil
        }
        addToBatch(entry, batchIndex, item: 0, isCovered: false)
        let edge = queues[lane: lane].edge
        var batch = self.batch(of: entry, at: edge)
        if runtimes[edge].profile.readsLog { batch.requests = requestsInLog(CollectionOfOne(entry)) }
        return batch
    }

    /// A batch of what waits, from the front on, each request once that others cover.
    private mutating func joined(_ lane: Int, _ batchIndex: Int) -> PurgeBatch? {
        let edge = queues[lane: lane].edge
        let accepts = runtimes[edge].profile.accepts
        var draft = draft(for: lane)
        var picked: [Int] = []
        var companions = queues[lane: lane].isStrict ? 1 : Int.max
        for index in 0..<queues[lane: lane].entries.count {
            let entry = queues[lane: lane].entries[index]
            guard isInLane(entry.part) else { continue }
            let (record, target) = (entry.part.record.index, Int(entry.part.target))
            guard records[record].request[target].stage == .queued, isFanOutOpen(record, edge) else { break }
            let invalidation = invalidation(of: entry)
            if isExpired(invalidation, record) {
                settle(record, target, as: .expired)
                workOffConsequences()
                continue
            }
            // The limits were asked for the first in line; that one may have expired.
            guard !picked.isEmpty || earliest(entry, at: edge) <= now.monotonic else { break }
            companions = min(companions, Int(entry.companionsMax))
            guard picked.count < companions, draft.add(invalidation.selectors.part(for: accepts), invalidation.mode)
            else { break }
            picked.append(index)
        }
        guard !picked.isEmpty else { return nil }
        return batch(of: trimmed(draft, picked, lane), picked, lane, batchIndex)
    }

    /// What the limits let pass now.
    private func allowance(_ edge: Int) -> PurgeAllowance {
        var allowance = runtimes[edge].limits.allowed(now.monotonic)
        if let account = runtimes[edge].profile.account {
            allowance.formMinimum(accounts[account].allowed(now.monotonic))
        }
        return allowance
    }

    /// Fewer of the requests where the adapter makes more calls of them than the limits let pass; the first one always.
    private func trimmed(_ draft: BatchDraft, _ picked: [Int], _ lane: Int) -> BatchDraft.Outcome {
        let edge = queues[lane: lane].edge
        let allowance = allowance(edge)
        var outcome = draft.finish()
        while outcome.count > 1,
            let planned = plannedCalls(of: content(of: outcome, picked, lane), at: edge),
            planned.calls > allowance.calls || planned.items > allowance.items
        {
            outcome = draft.finish(most: outcome.count / 2)
        }
        return outcome
    }

    private func draft(for lane: Int) -> BatchDraft {
        let edge = queues[lane: lane].edge
        let profile = runtimes[edge].profile
        // But always the first request, which `dispatch` has asked for.
        var allowance = allowance(edge)
        if queues.hasOthers(lane) { allowance.items = min(allowance.items, queues[lane: lane].deficit) }
        allowance.items = min(allowance.items, profile.batchItemsMax)
        allowance.bytes = min(allowance.bytes, profile.batchBytesMax)
        return BatchDraft(allowance, callItemsMax: profile.callItemsMax, singleCallKinds: profile.singleCallKinds)
    }

    private mutating func batch(
        of outcome: BatchDraft.Outcome, _ picked: [Int], _ lane: Int, _ batchIndex: Int
    ) -> PurgeBatch {
        var batch = content(of: outcome, picked, lane)
        let entries = picked.prefix(outcome.count).map { queues[lane: lane].entries[$0] }
        for _ in 0...picked[outcome.count - 1] { _ = queues.removeFirst(of: lane) }
        var items = [Int](repeating: 0, count: entries.count)
        var count = 0
        for index in entries.indices where outcome.covers[index] == nil {
            items[index] = count
            count += 1
        }
        for (index, entry) in entries.enumerated() {
            let cover = outcome.covers[index]
            addToBatch(entry, batchIndex, item: items[cover ?? index], isCovered: cover != nil)
        }
        if runtimes[queues[lane: lane].edge].profile.readsLog { batch.requests = requestsInLog(entries) }
        return batch
    }

    /// The requests of the entries; none unless the log has all of them as they stand.
    private func requestsInLog(_ entries: some Collection<LaneEntry>) -> [RequestID] {
        guard entries.count <= PurgeBatch.requestsMax else { return [] }
        var requests: [RequestID] = []
        for entry in entries {
            let record = entry.part.record.index
            let invalidation = invalidation(of: entry)
            guard records[record].position.source.isInvalidation, invalidation.notBefore == nil,
                records[record].request[Int(entry.part.target)].step == .first
            else { return [] }
            requests.append(invalidation.id)
        }
        return requests
    }

    /// The requests that are sent themselves.
    private func content(of outcome: BatchDraft.Outcome, _ picked: [Int], _ lane: Int) -> PurgeBatch {
        let accepts = runtimes[queues[lane: lane].edge].profile.accepts
        var batch = PurgeBatch(
            namespace: namespaces[queues[lane: lane].namespace].namespace, mode: outcome.mode, items: [])
        for index in 0..<outcome.count where outcome.covers[index] == nil {
            let entry = queues[lane: lane].entries[picked[index]]
            batch.items.append(invalidation(of: entry).selectors.part(for: accepts))
        }
        return batch
    }

    private mutating func addToBatch(_ entry: LaneEntry, _ batchIndex: Int, item: Int, isCovered: Bool) {
        let (record, target) = (entry.part.record.index, Int(entry.part.target))
        records[record].request.send(target)
        records[record].hasNews = true
        records[record].startedAt = now.monotonic
        if entry.attempts == 0 {
            runtimes[queues[batch: batchIndex].edge].recordFirstAttempt(isReplay: records[record].replay != nil)
        }
        queues.add(entry, to: batchIndex, item: item, isCovered: isCovered)
    }

    func invalidation(of entry: LaneEntry) -> Invalidation {
        guard let invalidation = records[entry.part.record.index].invalidation else {
            preconditionFailure("only requests wait in lanes")
        }
        return invalidation
    }
}
