// Dispatch: when the lanes of an edge are served, and whether the edge accepts what they have.
extension WorkerCore {
    mutating func dispatchScheduled() {
        while let edge = queues.nextScheduled() { dispatch(edge) }
    }

    /// Serves the lanes in line for an edge, as far as its limits go.
    private mutating func dispatch(_ edge: Int) {
        while queues[edge].ready.count > 0, canSend(edge) {
            guard let lane = queues.takeTurn(edge) else { return }
            guard let front = front(of: lane) else {
                queues.leaveLine(lane)
                leaveIfEmpty(lane)
                continue
            }
            let time = earliest(front, at: edge)
            guard time <= now.monotonic else {
                queues.giveTurnBack(lane)
                return wakeEdge(edge, at: time)
            }
            let quantum = max(runtimes[edge].profile.batchItemsMax, Self.quantumMin)
            guard queues.hasDeficit(lane, items: Int(front.weight.items), quantum: quantum) else {
                queues.passTurn(lane)
                continue
            }
            send(lane)
        }
    }

    /// Items a lane may send in its turn, at least.
    private static let quantumMin = 64

    /// Whether the edge takes another purge now, whatever it is.
    private mutating func canSend(_ edge: Int) -> Bool {
        switch runtimes[edge].admission(now: now.monotonic) {
        case .upTo(let most): return queues[edge].inFlight < most
        case .notBefore(let time):
            wakeEdge(edge, at: time)
            return false
        case .nothing: return false
        }
    }

    /// When the edge's and its account's limits let a batch of that size pass.
    func earliest(_ edge: Int, _ cost: PurgeCost) -> Int64 {
        let own = runtimes[edge].limits.earliest(cost, now: now.monotonic)
        guard let account = runtimes[edge].profile.account else { return own }
        return max(own, accounts[account].earliest(cost, now: now.monotonic))
    }

    /// When they let that request pass.
    func earliest(_ entry: LaneEntry, at edge: Int) -> Int64 {
        var cost = cost(entry.weight, at: edge)
        let time = earliest(edge, cost)
        // The plan costs more than the estimate: it is made once that passes.
        guard time <= now.monotonic, let planned = plannedCalls(of: batch(of: entry, at: edge), at: edge)
        else { return time }
        (cost.requests, cost.items) = (planned.calls, planned.items)
        return earliest(edge, cost)
    }

    func batch(of entry: LaneEntry, at edge: Int) -> PurgeBatch {
        let invalidation = invalidation(of: entry)
        return PurgeBatch(
            namespace: invalidation.namespace, mode: invalidation.mode,
            items: [invalidation.selectors.part(for: runtimes[edge].profile.accepts)])
    }

    private func cost(_ weight: SelectorMeasure, at edge: Int) -> PurgeCost {
        let profile = runtimes[edge].profile
        return PurgeCost(
            items: Int(weight.items), singles: weight.count(of: profile.singleCallKinds), bytes: Int(weight.bytes),
            callItemsMax: profile.callItemsMax)
    }
}
