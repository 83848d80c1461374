// Parts of a request, one for each edge: into a lane, and to an end.
extension WorkerCore {
    /// Why a part cannot go to its lane now; nil when it can.
    mutating func deferralReason(_ index: Int, _ target: Int, _ edge: Int) -> DeferReason? {
        if let line = strictLine(index, target), let head = strictSequencer.head(line),
            head < records[index].origin.offset
        {
            return .order
        }
        switch runtimes[edge].breaker.state {
        case .closed: return isFull(index, edge) ? .overflow : nil
        case .open: return .breaker
        case .halfOpen:
            if isProbing(edge) { return .breaker }
            if isFull(index, edge) { return .overflow }
            runtimes[edge].probe = PartKey(record: records.key(index), target: Int32(target))
            return nil
        }
    }

    /// Whether the lane, or the edge's share of the worker, takes no more.
    func isFull(_ index: Int, _ edge: Int) -> Bool {
        if runtimes[edge].parts >= bounds.partsMax { return true }
        return laneOf(index, edge).map { isFull(lane: $0) } ?? false
    }

    /// At the end of its lane, whether or not it may be sent already: so it keeps its place in the order.
    mutating func enqueue(_ index: Int, _ target: Int, _ edge: Int) {
        let weight = weight(index, edge)
        let lane = laneOf(index, edge) ?? makeLane(index, edge)
        records[index].targets[target].bytes = weight.bytes
        records[index].targets[target].stage = mayBeSent(index, target, edge) ? .queued : .held
        records[index].active += 1
        runtimes[edge].parts += 1
        runtimes[edge].lastWorkAt = now.monotonic
        lanes[lane].requests += 1
        lanes[lane].bytes += Int(weight.bytes)
        let entry = LaneEntry(part: PartKey(record: records.key(index), target: Int32(target)), weight: weight)
        lanes[lane].waiting.append(entry)
        laneChanged(lane)
    }

    /// What the edge takes of a request.
    private func weight(_ index: Int, _ edge: Int) -> SelectorMeasure {
        let whole = records[index].measure
        guard !whole.kinds.isSubset(of: runtimes[edge].profile.accepts) else { return whole }
        return SelectorMeasure(records[index].invalidation?.selectors.only(runtimes[edge].profile.accepts))
    }

    func laneOf(_ index: Int, _ edge: Int) -> Int? {
        guard let namespace = records[index].namespace,
            let column = namespaces.column(namespace, edge: edge)
        else { return nil }
        let lane = namespaces[namespace].lanes[column * Priority.allCases.count + records[index].priority]
        return lane == NamespaceTable.Entry.none ? nil : Int(lane)
    }

    private mutating func makeLane(_ index: Int, _ edge: Int) -> Int {
        guard let namespace = records[index].namespace, let column = namespaces.column(namespace, edge: edge) else {
            preconditionFailure("\(runtimes[edge].name) does not serve the namespace of its own part")
        }
        let lane = lanes.reuse { Lane() }
        precondition(lanes[lane].requests == 0 && lanes[lane].waiting.isEmpty, "a lane that was left was not empty")
        lanes[lane].namespace = namespace
        lanes[lane].edge = edge
        lanes[lane].priority = records[index].priority
        lanes[lane].isStrict = namespaces[namespace].isStrict
        lanes[lane].state = .idle
        lanes[lane].deficit = 0
        namespaces[namespace].lanes[column * Priority.allCases.count + records[index].priority] = Int32(lane)
        namespaces.retain(namespace)
        return lane
    }

    /// Whether the only part that a half-open breaker lets through is on its way.
    func isProbing(_ edge: Int) -> Bool {
        guard let probe = runtimes[edge].probe, records.holds(probe.record) else { return false }
        switch records[probe.record.index].targets[Int(probe.target)].stage {
        case .held, .queued, .sending: return true
        case .waiting, .settled: return false
        }
    }

    func isUnsettled(_ part: PartKey) -> Bool {
        records.holds(part.record) && records[part.record.index].targets[Int(part.target)].stage != .settled
    }

    // MARK: - The end of a part

    /// An edge is done with a request, for better or worse, as far as this retry round goes.
    mutating func settle(
        _ index: Int, _ target: Int, _ state: EdgeState, failure: PurgeFailure? = nil, reason: DeferReason? = nil
    ) {
        precondition(records[index].targets[target].stage != .settled, "a part settled twice")
        precondition((state == .deferred) == (reason != nil), "what is deferred has a reason, and nothing else")
        leaveLane(index, target)
        records[index].targets[target].stage = .settled
        records[index].targets[target].state = state
        records[index].hasNews = true
        records[index].targets[target].deferReason = reason
        // What was deferred keeps the failure that it had, if any.
        if let failure { records[index].targets[target].failure = failure }
        if state.isSuccess { records[index].targets[target].failure = nil }
        records[index].targetsLeft -= 1
        if state == .dead, let failure {
            markDead(
                index, failure.isPermanent ? .permanent : .exhausted,
                "\(records[index].targets[target].name): \(failure.message)")
        }
        if let reason, reason.endsWithRecovery, let edge = records[index].targets[target].edge {
            runtimes[edge].hasDeferredBacklog = true
        }
        if records[index].retryBox != nil, state != .deferred, let edge = records[index].targets[target].edge {
            recentRetries.end(
                .init(records[index].origin, id(index), edge: edge, records[index].targets[target].step))
        }
        if state.isSuccess { planRepeatPurge(index, target) }
        countDeadLetters(index, target)
        keepStrictOrder(index, target, isPutOff: state == .deferred)
        releaseOtherParts(index, after: target)
        switch records[index].phase {
        case .purging, .delayed:
            if records[index].targetsLeft == 0 {
                endPurging(index)
            } else if records[index].active == 0, records[index].retryBox != nil {
                delayAgain(index)
            }
        // Those that went with it were the last.
        case .storing, .reporting: break
        }
        if state == .deferred, let line = strictLine(index, target) {
            deferLaterRequests(than: records[index].origin.offset, line)
        }
    }

    /// A namespace whose requests all become dead letters at an edge is not sent there for a while.
    private mutating func countDeadLetters(_ index: Int, _ target: Int) {
        let state = records[index].targets[target].state
        guard let namespace = records[index].namespace, let edge = records[index].targets[target].edge,
            state == .dead || !namespaces[namespace].deadLetterRows.isEmpty,
            let column = namespaces.column(namespace, edge: edge)
        else { return }
        if namespaces[namespace].deadLetterRows.isEmpty {
            let count = namespaces[namespace].edges.count
            namespaces[namespace].deadLetterRows = Array(repeating: DeadLetterRow(), count: count)
        }
        if state.isSuccess { namespaces[namespace].deadLetterRows[column].recordSuccess() }
        guard state == .dead,
            namespaces[namespace].deadLetterRows[column].recordDeadLetter(
                settings.deadLetterGuard, now: now.monotonic)
        else { return }
        let pause = settings.deadLetterGuard.pause
        actions.append(.alert(.deadLetterFlood(namespaces[namespace].namespace, edge: edge, pause: pause)))
    }

    /// Until when nothing of the lane's namespace is sent to its edge, on the monotonic clock.
    func pausedUntil(lane: Int) -> Int64 {
        let namespace = lanes[lane].namespace
        guard !namespaces[namespace].deadLetterRows.isEmpty,
            let column = namespaces.column(namespace, edge: lanes[lane].edge)
        else { return .min }
        return namespaces[namespace].deadLetterRows[column].pausedUntil
    }

    /// Takes a part's weight off its lane and edge; the lane skips its entry.
    mutating func leaveLane(_ index: Int, _ target: Int) {
        guard let edge = records[index].targets[target].edge else { return }
        let stage = records[index].targets[target].stage
        switch stage {
        case .settled: return
        case .waiting:
            if records[index].retryBox != nil { runtimes[edge].delayed -= 1 }
            return
        case .held, .queued, .sending: break
        }
        runtimes[edge].parts -= 1
        records[index].active -= 1
        precondition(runtimes[edge].parts >= 0 && records[index].active >= 0, "more parts left than came")
        guard stage != .sending, let lane = laneOf(index, edge) else { return }
        lanes[lane].requests -= 1
        lanes[lane].bytes -= Int(records[index].targets[target].bytes)
        records[index].targets[target].stage = .settled
        laneChanged(lane)
    }

    /// After an acknowledged purge, where the edge is to be purged once more.
    private mutating func planRepeatPurge(_ index: Int, _ target: Int) {
        guard canDefer, let edge = records[index].targets[target].edge, runtimes[edge].profile.repeatsAfter != nil,
            records[index].targets[target].step == .first, records[index].invalidation?.cancels == nil,
            // Another copy of the request may have come so far before.
            !recentRetries.isKnown(.init(records[index].origin, id(index), edge: edge, .again))
        else { return }
        var again = Target(edge: edge, step: .again, name: runtimes[edge].repeatName)
        again.stage = .settled
        again.state = .deferred
        again.deferReason = .again
        records[index].targets.append(again)
    }

    /// The record needs a dead letter. Of several reasons the first is told; every failed edge has its own.
    mutating func markDead(_ index: Int, _ deadClass: DeadLetter.Class, _ reason: String) {
        guard records[index].deadClass == nil else { return }
        records[index].deadClass = deadClass
        records[index].reason = reason
    }

    // MARK: - Strict order

    /// The line that a part stands in; nil where order does not matter beyond first attempts.
    func strictLine(_ index: Int, _ target: Int) -> StrictOrder.Line? {
        guard !settings.strictNamespaces.isEmpty, records[index].targets[target].step == .first else { return nil }
        return strictLine(index, edge: records[index].targets[target].edge)
    }

    func strictLine(_ index: Int, edge: Int?) -> StrictOrder.Line? {
        guard let namespace = records[index].namespace, namespaces[namespace].isStrict, let edge else { return nil }
        return StrictOrder.Line(
            partition: records[index].position.source.partition, namespace: namespaces[namespace].namespace,
            edge: edge, priority: records[index].priority)
    }

    /// What was deferred stands in the way of all that comes later; what ended clears it.
    private mutating func keepStrictOrder(_ index: Int, _ target: Int, isPutOff: Bool) {
        guard let line = strictLine(index, target) else { return }
        let offset = records[index].origin.offset
        if isPutOff { strictSequencer.addDeferred(offset, line) } else { moveOn(offset, line) }
    }

    mutating func moveOn(_ offset: Int64, _ line: StrictOrder.Line) {
        if let next = strictSequencer.end(offset, line) { startStrict(next, line) }
    }

    private mutating func deferLaterRequests(than offset: Int64, _ line: StrictOrder.Line) {
        var behind: [PartKey] = []
        for index in lanes.indices where lanes[index].edge == line.edge && lanes[index].priority == line.priority {
            guard namespaces[lanes[index].namespace].namespace == line.namespace else { continue }
            for number in 0..<lanes[index].waiting.count { behind.append(lanes[index].waiting[number].part) }
        }
        for part in behind where isUnsettled(part) {
            let (index, target) = (part.record.index, Int(part.target))
            guard records[index].origin.offset > offset, records[index].targets[target].stage != .sending,
                records[index].position.source.partition == line.partition,
                records[index].targets[target].step == .first
            else { continue }
            settle(index, target, .deferred, reason: .order)
        }
    }

    // MARK: - Layers and fan-out

    /// Whether a part that stands in its lane may be sent, as far as the layers of the request's edges go.
    func mayBeSent(_ index: Int, _ target: Int, _ edge: Int) -> Bool {
        isLayerOpen(index, target, edge)
    }

    func isLayerOpen(_ index: Int, _ target: Int, _ edge: Int) -> Bool {
        guard hasLayers, records[index].targets[target].step == .first else { return true }
        return runtimes[edge].profile.layer <= records[index].layer && records[index].layerOpensAt == nil
    }

    /// How far an outer cache that is deferred keeps from inner ones, in milliseconds: more than its delay, because another
    /// worker's clock may tell when it is over.
    func layerDistance(_ edge: Int) -> Int64 {
        guard hasLayers, runtimes[edge].profile.layer > 0 else { return 0 }
        return runtimes[edge].profile.layerDelay.milliseconds + bounds.clockSkew
    }

    /// Whether so few of the request's edges are being purged that this one may be, too. Asked when it is first in its
    /// lane, and not before: what waits for others that only wait themselves might wait for ever.
    func isFanOutOpen(_ index: Int, _ edge: Int) -> Bool {
        guard let most = runtimes[edge].profile.fanOutMax else { return true }
        let underWay = records[index].targets.reduce(0) { count, other in
            guard other.stage == .sending, let edge = other.edge, runtimes[edge].profile.fanOutMax != nil else {
                return count
            }
            return count + 1
        }
        return underWay < most
    }

    mutating func openFirstLayer(_ index: Int) {
        guard hasLayers else { return }
        records[index].layer = lowestLayer(index) ?? 0
    }

    private func lowestLayer(_ index: Int) -> Int? {
        var lowest: Int?
        // A second purge comes in its own time: no outer cache waits for it.
        for target in records[index].targets where target.stage != .settled && target.step == .first {
            guard let edge = target.edge else { continue }
            lowest = min(lowest ?? .max, runtimes[edge].profile.layer)
        }
        return lowest
    }

    /// A part has settled: an outer layer may begin, or has to wait for the inner one, or another edge has its turn.
    private mutating func releaseOtherParts(_ index: Int, after target: Int) {
        guard records[index].targetsLeft > 0, let edge = records[index].targets[target].edge else { return }
        if runtimes[edge].profile.fanOutMax != nil { releaseHeld(index) }
        guard hasLayers else { return }
        if records[index].targets[target].state == .deferred, records[index].targets[target].step == .first {
            deferOuterLayers(index, than: runtimes[edge].profile.layer)
        }
        if let lowest = lowestLayer(index), lowest > records[index].layer {
            let delay = records[index].targets.reduce(Duration.zero) { delay, target in
                guard target.stage != .settled, let edge = target.edge else { return delay }
                let profile = runtimes[edge].profile
                return profile.layer == lowest ? max(delay, profile.layerDelay) : delay
            }
            records[index].layer = lowest
            records[index].layerOpensAt = now.monotonic + delay.nanoseconds
            remind(.layer(records.key(index)), after: delay)
        }
    }

    /// An outer cache would fill itself from the inner one that was not purged: it waits for it.
    private mutating func deferOuterLayers(_ index: Int, than layer: Int) {
        for target in records[index].targets.indices where records[index].targets[target].stage != .settled {
            guard let edge = records[index].targets[target].edge, runtimes[edge].profile.layer > layer,
                records[index].targets[target].stage != .sending
            else { continue }
            settle(index, target, .deferred, reason: .order)
        }
    }

    mutating func openLayer(_ key: PoolKey) {
        guard records.holds(key), let opensAt = records[key.index].layerOpensAt, opensAt <= now.monotonic else {
            return
        }
        records[key.index].layerOpensAt = nil
        releaseHeld(key.index)
        for target in records[key.index].targets.indices where records[key.index].targets[target].stage == .waiting {
            startWaiting(key.index, target, isAhead: true)
        }
    }

    mutating func releaseHeld(_ index: Int) {
        for target in records[index].targets.indices where records[index].targets[target].stage == .held {
            guard let edge = records[index].targets[target].edge, mayBeSent(index, target, edge),
                isFanOutOpen(index, edge), let lane = laneOf(index, edge)
            else { continue }
            records[index].targets[target].stage = .queued
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
