// Parts of a request, one for each edge: into a lane, and to an end.
extension WorkerCore {
    /// Why a part cannot go to its lane now; nil when it can.
    mutating func reasonToDefer(_ index: Int, _ target: Int, _ edge: Int) -> DeferReason? {
        if let line = strictLine(index, target), let head = strictSequencer.head(line),
            head < records[index].origin.offset
        {
            return .order
        }
        switch runtimes[edge].breakerState {
        case .closed: return isFull(index, edge) ? .overflow : nil
        case .open: return .breaker
        case .halfOpen:
            if isProbing(edge) { return .breaker }
            if isFull(index, edge) { return .overflow }
            runtimes[edge].setProbe(records.partKey(index, target))
            return nil
        }
    }

    /// Whether the lane, or the edge's share of the worker, takes no more.
    func isFull(_ index: Int, _ edge: Int) -> Bool {
        if queues[edge].parts >= bounds.partsMax { return true }
        return laneOf(index, edge).map { isFull(lane: $0) } ?? false
    }

    /// At the end of its lane, whether or not it may be sent already: so it keeps its place in the order.
    mutating func enqueue(_ index: Int, _ target: Int, _ edge: Int) {
        let weight = weight(index, edge)
        let lane = laneOf(index, edge) ?? makeLane(index, edge)
        records[index].request.enqueue(target, bytes: weight.bytes, isHeld: !isLayerOpen(index, target, edge))
        let entry = LaneEntry(part: records.partKey(index, target), weight: weight)
        queues.enqueue(entry, in: lane, now: now.monotonic)
        laneChanged(lane)
    }

    /// What the edge takes of a request.
    private func weight(_ index: Int, _ edge: Int) -> SelectorMeasure {
        let whole = records[index].measure
        guard !whole.kinds.isSubset(of: runtimes[edge].profile.accepts) else { return whole }
        return SelectorMeasure(records[index].invalidation?.selectors.only(runtimes[edge].profile.accepts))
    }

    func laneOf(_ index: Int, _ edge: Int) -> Int? {
        guard let namespace = records[index].namespace else { return nil }
        return namespaces.lane(namespace, edge: edge, priority: records[index].priority)
    }

    private mutating func makeLane(_ index: Int, _ edge: Int) -> Int {
        guard let namespace = records[index].namespace else { preconditionFailure("only a request has lanes") }
        let priority = records[index].priority
        let lane = queues.openLane(
            namespace: namespace, edge: edge, priority: priority, isStrict: namespaces[namespace].isStrict)
        namespaces.addLane(lane, namespace, edge: edge, priority: priority)
        return lane
    }

    /// Whether the only part that a half-open breaker lets through is on its way.
    func isProbing(_ edge: Int) -> Bool {
        guard let probe = runtimes[edge].probe, records.holds(probe.record) else { return false }
        switch records[probe.record.index].request[Int(probe.target)].stage {
        case .held, .queued, .sending: return true
        case .waiting, .settled: return false
        }
    }

    func isUnsettled(_ part: PartKey) -> Bool {
        records.holds(part.record) && records[part.record.index].request[Int(part.target)].stage != .settled
    }

    /// Whether the entry of a part is still good: the part waits in its lane.
    func isInLane(_ part: PartKey) -> Bool {
        records.holds(part.record) && records[part.record.index].request[Int(part.target)].stage.isInLane
    }

    /// Takes the weight of a part that has left this stage off its lane and edge; the lane skips its entry.
    mutating func leaveLane(_ index: Int, _ target: Int, from stage: Target.Stage) {
        guard let edge = records[index].request[target].edge else { return }
        switch stage {
        case .settled: return
        case .waiting:
            if records[index].retryBox != nil { runtimes[edge].removeDelayed() }
            return
        case .sending: queues.endSending(edge)
        case .held, .queued:
            guard let lane = laneOf(index, edge) else { preconditionFailure("a part waits in no lane") }
            queues.leaveLane(lane, bytes: records[index].request[target].bytes)
            laneChanged(lane)
        }
    }
}

extension Selectors {
    /// The part that an edge takes.
    func part(for accepts: SelectorKinds) -> Selectors {
        accepts == .all ? self : only(accepts)
    }
}
