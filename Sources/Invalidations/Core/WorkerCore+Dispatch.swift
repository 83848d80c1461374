// Dispatch: what a lane sends, and when its edge accepts it.
extension WorkerCore {
    /// Something in the lane has changed: it gets in line if its first request may be sent, and goes if it is empty.
    mutating func laneChanged(_ lane: Int) {
        guard lanes.isUsed(lane) else { return }
        if lanes[lane].state == .ready { return scheduleDispatch(lanes[lane].edge) }
        guard lanes[lane].canChange else { return }
        guard let front = front(of: lane) else { return leaveIfEmpty(lane) }
        let pausedUntil = namespaces.pausedUntil(lanes[lane].namespace, edge: lanes[lane].edge)
        if pausedUntil > now.monotonic {
            return pause(lane, for: .nanoseconds(pausedUntil - now.monotonic))
        }
        if lingers(lane, front) { return }
        becomeReady(lane)
    }

    private mutating func becomeReady(_ lane: Int) {
        let edge = lanes[lane].edge
        lanes[lane].becomeReady()
        runtimes[edge].ready.append(lane, priority: lanes[lane].priority)
        scheduleDispatch(edge)
    }

    /// The first request that waits, if it may be sent. What has ended is skipped.
    private mutating func front(of lane: Int) -> LaneEntry? {
        while let entry = lanes[lane].entries.first {
            guard isInLane(entry.part) else {
                _ = lanes[lane].removeFirst()
                continue
            }
            let (record, target) = (entry.part.record.index, Int(entry.part.target))
            guard records[record].request[target].stage == .queued else { return nil }
            guard isFanOutOpen(record, lanes[lane].edge) else {
                records[record].request.hold(target)
                return nil
            }
            return entry
        }
        return nil
    }

    private mutating func leaveIfEmpty(_ lane: Int) {
        guard lanes[lane].canChange, lanes[lane].requests == 0 else { return dropEnded(lane) }
        lanes[lane].close()
        let namespace = lanes[lane].namespace
        namespaces.setLane(nil, namespace, edge: lanes[lane].edge, priority: lanes[lane].priority)
        lanes.remove(lane)
        namespaces.release(namespace)
    }

    /// A lane that stands still while its requests end elsewhere must not fill with their entries.
    private mutating func dropEnded(_ lane: Int) {
        guard lanes[lane].entries.count > 2 * lanes[lane].requests + 64 else { return }
        dropLeft(lane)
    }

    /// Drops the entries of parts that have left the lane. A delayed part that comes back must not be found at its old
    /// position.
    mutating func dropLeft(_ lane: Int) {
        for _ in 0..<lanes[lane].entries.count {
            guard let entry = lanes[lane].removeFirst() else { return }
            if isInLane(entry.part) { lanes[lane].rotate(entry) }
        }
    }

    /// Whether the lane waits a moment for more to fill its batch with.
    private mutating func lingers(_ lane: Int, _ front: LaneEntry) -> Bool {
        let edge = lanes[lane].edge
        guard runtimes[edge].lingers, lanes[lane].requests < runtimes[edge].profile.batchItemsMax,
            lanes[lane].bytes < runtimes[edge].profile.batchBytesMax
        else { return false }
        guard lanes[lane].state == .idle else { return true }
        // What was tried already has waited long enough.
        guard front.attempts == 0, front.companionsMax == .max else { return false }
        let wake = lanes[lane].linger()
        remind(.lane(lane, wake: wake), after: runtimes[edge].profile.linger)
        return true
    }

    mutating func pause(_ lane: Int, for pause: Duration) {
        let wake = lanes[lane].pause()
        remind(.lane(lane, wake: wake), after: pause)
    }

    /// A rest or a linger is over.
    mutating func wakeLane(_ lane: Int, _ wake: UInt32) {
        guard lanes.isUsed(lane), lanes[lane].waits(for: wake) else { return }
        switch lanes[lane].state {
        case .paused:
            lanes[lane].becomeIdle()
            laneChanged(lane)
        case .lingering:
            guard front(of: lane) != nil else {
                lanes[lane].becomeIdle()
                return leaveIfEmpty(lane)
            }
            becomeReady(lane)
        case .idle, .ready, .inFlight: break
        }
    }

    // MARK: - The edge's turn

    /// The edge's lanes are served when all that the event brings about is decided.
    mutating func scheduleDispatch(_ edge: Int) {
        guard !runtimes[edge].isScheduled else { return }
        runtimes[edge].isScheduled = true
        scheduledEdges.append(edge)
    }

    mutating func dispatchScheduled() {
        var next = 0
        while next < scheduledEdges.count {
            let edge = scheduledEdges[next]
            next += 1
            runtimes[edge].isScheduled = false
            dispatch(edge)
        }
        scheduledEdges.removeAll(keepingCapacity: true)
    }

    /// Serves the lanes in line for an edge, as far as its limits go.
    private mutating func dispatch(_ edge: Int) {
        while runtimes[edge].ready.count > 0, canSend(edge) {
            guard let lane = runtimes[edge].ready.next() else { return }
            precondition(lanes[lane].state == .ready && lanes[lane].edge == edge, "a lane in a line it is not in")
            guard let front = front(of: lane) else {
                lanes[lane].becomeIdle()
                leaveIfEmpty(lane)
                continue
            }
            let priority = lanes[lane].priority
            let time = earliest(edge, cost(front.weight, at: edge))
            guard time <= now.monotonic else {
                runtimes[edge].ready.giveBack(lane, priority: priority)
                return wakeEdge(edge, at: time)
            }
            guard hasDeficit(lane, Int(front.weight.items)) else {
                runtimes[edge].ready.append(lane, priority: priority)
                continue
            }
            send(lane)
        }
    }

    /// Whether the edge takes another purge now, whatever it is.
    private mutating func canSend(_ edge: Int) -> Bool {
        if runtimes[edge].throttledUntil > now.monotonic {
            wakeEdge(edge, at: runtimes[edge].throttledUntil)
            return false
        }
        switch runtimes[edge].breaker.state {
        case .closed: return runtimes[edge].inFlight < runtimes[edge].concurrency.current
        case .halfOpen: return runtimes[edge].inFlight == 0
        case .open: return false
        }
    }

    /// When the edge's and its account's limits let a batch of that size pass.
    func earliest(_ edge: Int, _ cost: PurgeCost) -> Int64 {
        let own = runtimes[edge].limits.earliest(cost, now: now.monotonic)
        guard let account = runtimes[edge].profile.account else { return own }
        return max(own, accounts[account].earliest(cost, now: now.monotonic))
    }

    private func cost(_ weight: SelectorMeasure, at edge: Int) -> PurgeCost {
        let profile = runtimes[edge].profile
        return PurgeCost(
            items: Int(weight.items), singles: weight.count(of: profile.singleCallKinds), bytes: Int(weight.bytes),
            callItemsMax: profile.callItemsMax)
    }

    private mutating func hasDeficit(_ lane: Int, _ items: Int) -> Bool {
        let edge = lanes[lane].edge
        return lanes[lane].startTurn(
            items: items, quantum: max(runtimes[edge].profile.batchItemsMax, Self.quantumMin),
            isAlone: !runtimes[edge].ready.hasOthers(priority: lanes[lane].priority))
    }

    /// Items a lane may send in its turn, at least.
    private static let quantumMin = 64

    // MARK: - Sending

    /// Makes one purge of what the lane has, as much as fits, and sends it.
    private mutating func send(_ lane: Int) {
        let edge = lanes[lane].edge
        let batchIndex = inFlightBatches.reuse { InFlightBatch() }
        inFlightBatches[batchIndex].lane = lane
        inFlightBatches[batchIndex].edge = edge
        inFlightBatches[batchIndex].startedAt = now
        inFlightBatches[batchIndex].isProbe = !runtimes[edge].breaker.isClosed
        let batch = lanes[lane].requests == 1 ? single(lane, batchIndex) : joined(lane, batchIndex)
        guard let batch else {
            // What was first in line has expired in the meantime.
            inFlightBatches.remove(batchIndex)
            lanes[lane].becomeIdle()
            return laneChanged(lane)
        }
        launch(lane, batchIndex, batch)
    }

    private mutating func launch(_ lane: Int, _ batchIndex: Int, _ batch: PurgeBatch) {
        let edge = lanes[lane].edge
        lanes[lane].send(at: now.monotonic)
        runtimes[edge].beginBatch()
        let cost = cost(of: batch, at: edge)
        runtimes[edge].limits.charge(cost, now: now.monotonic)
        if let account = runtimes[edge].profile.account { accounts[account].charge(cost, now: now.monotonic) }
        runtimes[edge].ready.charge(priority: lanes[lane].priority, cost: cost.items)
        lanes[lane].charge(items: cost.items)
        actions.append(.purge(inFlightBatches.key(batchIndex).number, edge: edge, batch))
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
        guard let entry = lanes[lane].removeFirst() else { preconditionFailure("a lane counts what it has not") }
        let invalidation = invalidation(of: entry)
        if isExpired(invalidation) {
            settle(entry.part.record.index, Int(entry.part.target), as: .expired)
            workOffConsequences()
            return nil
        }
        addToBatch(entry, lane, batchIndex, item: 0, isCovered: false)
        return PurgeBatch(
            namespace: invalidation.namespace, mode: invalidation.mode,
            items: [invalidation.selectors.part(for: runtimes[lanes[lane].edge].profile.accepts)])
    }

    /// A batch of what waits, from the front on, each request once that others cover.
    private mutating func joined(_ lane: Int, _ batchIndex: Int) -> PurgeBatch? {
        let edge = lanes[lane].edge
        let accepts = runtimes[edge].profile.accepts
        var draft = draft(for: lane)
        var picked: [Int] = []
        var companions = lanes[lane].isStrict ? 1 : Int.max
        for index in 0..<lanes[lane].entries.count {
            let entry = lanes[lane].entries[index]
            guard isInLane(entry.part) else { continue }
            let (record, target) = (entry.part.record.index, Int(entry.part.target))
            guard records[record].request[target].stage == .queued, isFanOutOpen(record, edge) else { break }
            let invalidation = invalidation(of: entry)
            if isExpired(invalidation) {
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
        let runtime = runtimes[lanes[lane].edge]
        // What the limits let pass now, but always the first request, which `dispatch` has asked for.
        var allowance = runtime.limits.allowed(now.monotonic)
        if let account = runtime.profile.account { allowance.formMinimum(accounts[account].allowed(now.monotonic)) }
        if runtime.ready.hasOthers(priority: lanes[lane].priority) {
            allowance.items = min(allowance.items, lanes[lane].deficit)
        }
        allowance.items = min(allowance.items, runtime.profile.batchItemsMax)
        allowance.bytes = min(allowance.bytes, runtime.profile.batchBytesMax)
        return BatchDraft(
            allowance, callItemsMax: runtime.profile.callItemsMax, singleCallKinds: runtime.profile.singleCallKinds)
    }

    private mutating func batch(
        of outcome: BatchDraft.Outcome, _ picked: [Int], _ lane: Int, _ batchIndex: Int
    ) -> PurgeBatch {
        let accepts = runtimes[lanes[lane].edge].profile.accepts
        let entries = picked.prefix(outcome.count).map { lanes[lane].entries[$0] }
        for _ in 0...picked[outcome.count - 1] { _ = lanes[lane].removeFirst() }
        var batch = PurgeBatch(
            namespace: namespaces[lanes[lane].namespace].namespace, mode: outcome.mode, items: [])
        var items = [Int](repeating: 0, count: entries.count)
        for (index, entry) in entries.enumerated() where outcome.covers[index] == nil {
            items[index] = batch.items.count
            batch.items.append(invalidation(of: entry).selectors.part(for: accepts))
        }
        for (index, entry) in entries.enumerated() {
            let cover = outcome.covers[index]
            addToBatch(entry, lane, batchIndex, item: items[cover ?? index], isCovered: cover != nil)
        }
        return batch
    }

    private mutating func addToBatch(_ entry: LaneEntry, _ lane: Int, _ batchIndex: Int, item: Int, isCovered: Bool) {
        let (record, target) = (entry.part.record.index, Int(entry.part.target))
        records[record].request.send(target)
        records[record].hasNews = true
        lanes[lane].discount(bytes: entry.weight.bytes)
        records[record].startedAt = now.monotonic
        if entry.attempts == 0 { runtimes[lanes[lane].edge].budget.firstAttempt() }
        inFlightBatches[batchIndex].entries.append(entry)
        inFlightBatches[batchIndex].items.append(Int32(item))
        inFlightBatches[batchIndex].isCovered.append(isCovered)
    }

    private func invalidation(of entry: LaneEntry) -> Invalidation {
        guard let invalidation = records[entry.part.record.index].invalidation else {
            preconditionFailure("only requests wait in lanes")
        }
        return invalidation
    }
}
