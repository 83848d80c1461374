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
        let cost = cost(of: batch, at: edge)
        queues.send(batchIndex, items: cost.items)
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
        return PurgeBatch(
            namespace: invalidation.namespace, mode: invalidation.mode,
            items: [invalidation.selectors.part(for: runtimes[queues[lane: lane].edge].profile.accepts)])
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
            guard !picked.isEmpty || earliest(edge, cost(entry.weight, at: edge)) <= now.monotonic else { break }
            companions = min(companions, Int(entry.companionsMax))
            guard picked.count < companions, draft.add(invalidation.selectors.part(for: accepts), invalidation.mode)
            else { break }
            picked.append(index)
        }
        guard !picked.isEmpty else { return nil }
        return batch(of: draft.finish(), picked, lane, batchIndex)
    }

    private func draft(for lane: Int) -> BatchDraft {
        let edge = queues[lane: lane].edge
        let profile = runtimes[edge].profile
        // What the limits let pass now, but always the first request, which `dispatch` has asked for.
        var allowance = runtimes[edge].limits.allowed(now.monotonic)
        if let account = profile.account { allowance.formMinimum(accounts[account].allowed(now.monotonic)) }
        if queues.hasOthers(lane) { allowance.items = min(allowance.items, queues[lane: lane].deficit) }
        allowance.items = min(allowance.items, profile.batchItemsMax)
        allowance.bytes = min(allowance.bytes, profile.batchBytesMax)
        return BatchDraft(allowance, callItemsMax: profile.callItemsMax, singleCallKinds: profile.singleCallKinds)
    }

    private mutating func batch(
        of outcome: BatchDraft.Outcome, _ picked: [Int], _ lane: Int, _ batchIndex: Int
    ) -> PurgeBatch {
        let accepts = runtimes[queues[lane: lane].edge].profile.accepts
        let entries = picked.prefix(outcome.count).map { queues[lane: lane].entries[$0] }
        for _ in 0...picked[outcome.count - 1] { _ = queues.removeFirst(of: lane) }
        var batch = PurgeBatch(
            namespace: namespaces[queues[lane: lane].namespace].namespace, mode: outcome.mode, items: [])
        var items = [Int](repeating: 0, count: entries.count)
        for (index, entry) in entries.enumerated() where outcome.covers[index] == nil {
            items[index] = batch.items.count
            batch.items.append(invalidation(of: entry).selectors.part(for: accepts))
        }
        for (index, entry) in entries.enumerated() {
            let cover = outcome.covers[index]
            addToBatch(entry, batchIndex, item: items[cover ?? index], isCovered: cover != nil)
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

    private func invalidation(of entry: LaneEntry) -> Invalidation {
        guard let invalidation = records[entry.part.record.index].invalidation else {
            preconditionFailure("only requests wait in lanes")
        }
        return invalidation
    }
}
