// The parts of a record, one an edge: into a lane, and to an end.
extension WorkerCore {
    /// Why a part cannot go to its lane now; nil when it can.
    mutating func obstacle(_ place: Int, _ target: Int, _ edge: Int) -> DeferralReason? {
        if let line = strictLine(place, target), let head = strictOrder.head(line),
            head < records[place].origin.offset, fault != .overtakeDeferred
        {
            return .order
        }
        switch desks[edge].breaker.state {
        case .closed: return isFull(place, edge) ? .overflow : nil
        case .open: return .breaker
        case .halfOpen:
            if isProbing(edge) { return .breaker }
            if isFull(place, edge) { return .overflow }
            desks[edge].probe = PartKey(record: records.key(place), target: Int32(target))
            return nil
        }
    }

    /// Whether the lane, or the edge's share of the worker, takes no more.
    func isFull(_ place: Int, _ edge: Int) -> Bool {
        if desks[edge].parts >= bounds.partsMax { return true }
        return laneOf(place, edge).map { isFull(lane: $0) } ?? false
    }

    /// At the end of its lane, whether or not it may be sent already: so it keeps its place in the order.
    mutating func enqueue(_ place: Int, _ target: Int, _ edge: Int) {
        let weight = weight(place, edge)
        let lane = laneOf(place, edge) ?? makeLane(place, edge)
        records[place].targets[target].bytes = weight.bytes
        records[place].targets[target].stage = mayBeSent(place, target, edge) ? .queued : .held
        records[place].active += 1
        desks[edge].parts += 1
        desks[edge].lastWorkAt = now.monotonic
        lanes[lane].requests += 1
        lanes[lane].bytes += Int(weight.bytes)
        let entry = LaneEntry(part: PartKey(record: records.key(place), target: Int32(target)), weight: weight)
        if fault == .countEarlierPurge, coversInFlight(lane, place) { return settle(place, target, .absorbed) }
        if fault == .lastInFirstOut { lanes[lane].waiting.prepend(entry) } else { lanes[lane].waiting.append(entry) }
        laneChanged(lane)
    }

    /// What the edge takes of a request.
    private func weight(_ place: Int, _ edge: Int) -> SelectorMeasure {
        let whole = records[place].measure
        guard !whole.kinds.isSubset(of: desks[edge].profile.takes) else { return whole }
        return SelectorMeasure(records[place].invalidation?.selectors.only(desks[edge].profile.takes))
    }

    func laneOf(_ place: Int, _ edge: Int) -> Int? {
        guard let namespace = records[place].namespace,
            let column = namespaces.column(namespace, edge: edge)
        else { return nil }
        let lane = namespaces[namespace].lanes[column * Priority.allCases.count + records[place].priority]
        return lane == NamespaceTable.Entry.none ? nil : Int(lane)
    }

    private mutating func makeLane(_ place: Int, _ edge: Int) -> Int {
        guard let namespace = records[place].namespace, let column = namespaces.column(namespace, edge: edge) else {
            preconditionFailure("\(desks[edge].name) does not serve the namespace of its own part")
        }
        let lane = lanes.reuse { Lane() }
        precondition(lanes[lane].requests == 0 && lanes[lane].waiting.isEmpty, "a lane that was left was not empty")
        lanes[lane].namespace = namespace
        lanes[lane].edge = edge
        lanes[lane].priority = records[place].priority
        lanes[lane].isStrict = namespaces[namespace].isStrict
        lanes[lane].state = .idle
        lanes[lane].deficit = 0
        namespaces[namespace].lanes[column * Priority.allCases.count + records[place].priority] = Int32(lane)
        namespaces.retain(namespace)
        return lane
    }

    /// Whether the only part that a half-open breaker lets through is on its way.
    func isProbing(_ edge: Int) -> Bool {
        guard let probe = desks[edge].probe, records.holds(probe.record) else { return false }
        switch records[probe.record.index].targets[Int(probe.target)].stage {
        case .held, .queued, .sending: return true
        case .waiting, .settled: return false
        }
    }

    func isUnsettled(_ part: PartKey) -> Bool {
        records.holds(part.record) && records[part.record.index].targets[Int(part.target)].stage != .settled
    }

    // MARK: - The end of a part

    /// An edge is done with a request, for better or worse, as far as this visit goes.
    mutating func settle(
        _ place: Int, _ target: Int, _ state: EdgeState, failure: PurgeFailure? = nil, reason: DeferralReason? = nil
    ) {
        precondition(records[place].targets[target].stage != .settled, "a part settled twice")
        precondition((state == .deferred) == (reason != nil), "what is put off has a reason, and nothing else")
        leaveLane(place, target)
        records[place].targets[target].stage = .settled
        records[place].targets[target].state = state
        records[place].hasNews = true
        records[place].targets[target].deferral = reason
        // What was put off keeps the failure that it had, if any.
        if let failure { records[place].targets[target].failure = failure }
        if state.isSuccess { records[place].targets[target].failure = nil }
        records[place].targetsLeft -= 1
        if state == .dead, let failure {
            condemn(
                place, failure.isPermanent ? .permanent : .exhausted,
                "\(records[place].targets[target].name): \(failure.message)")
        }
        if let reason, reason.isForWantOfRoom, let edge = records[place].targets[target].edge {
            desks[edge].hasDeferredBacklog = true
        }
        if records[place].kept != nil, state != .deferred, let edge = records[place].targets[target].edge {
            recentDeferrals.end(
                .init(records[place].origin, id(place), edge: edge, records[place].targets[target].step))
        }
        if state.isSuccess { planSecondPurge(place, target) }
        countDeadLetters(place, target)
        keepStrictOrder(place, target, isPutOff: state == .deferred)
        letOthersGo(place, after: target)
        switch records[place].phase {
        case .purging, .parked:
            if records[place].targetsLeft == 0 {
                endPurging(place)
            } else if records[place].active == 0, records[place].kept != nil {
                parkAgain(place)
            }
        // Those that went with it were the last.
        case .storing, .reporting: break
        }
        if state == .deferred, let line = strictLine(place, target), fault != .overtakeDeferred {
            putOffLater(than: records[place].origin.offset, line)
        }
    }

    /// A namespace whose requests all become dead letters at an edge is not sent there for a while.
    private mutating func countDeadLetters(_ place: Int, _ target: Int) {
        let state = records[place].targets[target].state
        guard let namespace = records[place].namespace, let edge = records[place].targets[target].edge,
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
    mutating func leaveLane(_ place: Int, _ target: Int) {
        guard let edge = records[place].targets[target].edge else { return }
        let stage = records[place].targets[target].stage
        switch stage {
        case .settled: return
        case .waiting:
            if records[place].kept != nil { desks[edge].parked -= 1 }
            return
        case .held, .queued, .sending: break
        }
        desks[edge].parts -= 1
        records[place].active -= 1
        precondition(desks[edge].parts >= 0 && records[place].active >= 0, "more parts left than came")
        guard stage != .sending, let lane = laneOf(place, edge) else { return }
        lanes[lane].requests -= 1
        lanes[lane].bytes -= Int(records[place].targets[target].bytes)
        records[place].targets[target].stage = .settled
        laneChanged(lane)
    }

    /// After an acknowledged purge, where the edge is to be purged once more.
    private mutating func planSecondPurge(_ place: Int, _ target: Int) {
        guard canPutOff, let edge = records[place].targets[target].edge, desks[edge].profile.purgesAgainAfter != nil,
            records[place].targets[target].step == .first, records[place].invalidation?.cancels == nil,
            // Another copy of the request may have come so far before.
            !recentDeferrals.isKnown(.init(records[place].origin, id(place), edge: edge, .again))
        else { return }
        var again = Target(edge: edge, step: .again, name: desks[edge].againName)
        again.stage = .settled
        again.state = .deferred
        again.deferral = .again
        records[place].targets.append(again)
    }

    /// The record needs a dead letter. Of several reasons the first is told; every failed edge has its own.
    mutating func condemn(_ place: Int, _ deadClass: DeadLetter.Class, _ reason: String) {
        guard records[place].deadClass == nil else { return }
        records[place].deadClass = deadClass
        records[place].reason = reason
    }

    // MARK: - Strict order

    /// The line that a part stands in; nil where order does not matter beyond first attempts.
    func strictLine(_ place: Int, _ target: Int) -> StrictOrder.Line? {
        guard !settings.strictNamespaces.isEmpty, records[place].targets[target].step == .first else { return nil }
        return strictLine(place, edge: records[place].targets[target].edge)
    }

    func strictLine(_ place: Int, edge: Int?) -> StrictOrder.Line? {
        guard let namespace = records[place].namespace, namespaces[namespace].isStrict, let edge else { return nil }
        return StrictOrder.Line(
            partition: records[place].position.source.partition, namespace: namespaces[namespace].namespace,
            edge: edge, priority: records[place].priority)
    }

    /// What was put off stands in the way of all that comes later; what ended clears it.
    private mutating func keepStrictOrder(_ place: Int, _ target: Int, isPutOff: Bool) {
        guard let line = strictLine(place, target) else { return }
        let offset = records[place].origin.offset
        if isPutOff { strictOrder.insert(offset, line) } else { moveOn(offset, line) }
    }

    mutating func moveOn(_ offset: Int64, _ line: StrictOrder.Line) {
        if let next = strictOrder.remove(offset, line) { startStrict(next, line) }
    }

    private mutating func putOffLater(than offset: Int64, _ line: StrictOrder.Line) {
        var behind: [PartKey] = []
        for place in lanes.places where lanes[place].edge == line.edge && lanes[place].priority == line.priority {
            guard namespaces[lanes[place].namespace].namespace == line.namespace else { continue }
            for number in 0..<lanes[place].waiting.count { behind.append(lanes[place].waiting[number].part) }
        }
        for part in behind where isUnsettled(part) {
            let (place, target) = (part.record.index, Int(part.target))
            guard records[place].origin.offset > offset, records[place].targets[target].stage != .sending,
                records[place].position.source.partition == line.partition,
                records[place].targets[target].step == .first
            else { continue }
            settle(place, target, .deferred, reason: .order)
        }
    }

    // MARK: - Layers and fan-out

    /// Whether a part that stands in its lane may be sent, as far as the layers of the request's edges go.
    func mayBeSent(_ place: Int, _ target: Int, _ edge: Int) -> Bool {
        isLayerOpen(place, target, edge) || fault == .outerFirst
    }

    func isLayerOpen(_ place: Int, _ target: Int, _ edge: Int) -> Bool {
        guard hasLayers, records[place].targets[target].step == .first else { return true }
        return desks[edge].profile.layer <= records[place].layer && records[place].layerOpensAt == nil
    }

    /// How far an outer cache that is put off keeps from inner ones, in milliseconds: more than its delay, because another
    /// worker's clock may tell when it is over.
    func layerDistance(_ edge: Int) -> Int64 {
        guard hasLayers, desks[edge].profile.layer > 0 else { return 0 }
        return desks[edge].profile.layerDelay.milliseconds + bounds.clockSkew
    }

    /// Whether so few of the request's edges are being purged that this one may be, too. Asked when it is first in its
    /// lane, and not before: what waits for others that only wait themselves might wait for ever.
    func isFanOutOpen(_ place: Int, _ edge: Int) -> Bool {
        guard let most = desks[edge].profile.fanOutMax else { return true }
        let underWay = records[place].targets.reduce(0) { count, other in
            guard other.stage == .sending, let edge = other.edge, desks[edge].profile.fanOutMax != nil else {
                return count
            }
            return count + 1
        }
        return underWay < most
    }

    mutating func openFirstLayer(_ place: Int) {
        guard hasLayers else { return }
        records[place].layer = lowestLayer(place) ?? 0
    }

    private func lowestLayer(_ place: Int) -> Int? {
        var lowest: Int?
        // A second purge comes in its own time: no outer cache waits for it.
        for target in records[place].targets where target.stage != .settled && target.step == .first {
            guard let edge = target.edge else { continue }
            lowest = min(lowest ?? .max, desks[edge].profile.layer)
        }
        return lowest
    }

    /// A part has settled: an outer layer may begin, or has to wait for the inner one, or another edge has its turn.
    private mutating func letOthersGo(_ place: Int, after target: Int) {
        guard records[place].targetsLeft > 0, let edge = records[place].targets[target].edge else { return }
        if desks[edge].profile.fanOutMax != nil { releaseHeld(place) }
        guard hasLayers else { return }
        if records[place].targets[target].state == .deferred, records[place].targets[target].step == .first {
            putOffOuter(place, than: desks[edge].profile.layer)
        }
        if let lowest = lowestLayer(place), lowest > records[place].layer {
            let delay = records[place].targets.reduce(Duration.zero) { delay, target in
                guard target.stage != .settled, let edge = target.edge else { return delay }
                let profile = desks[edge].profile
                return profile.layer == lowest ? max(delay, profile.layerDelay) : delay
            }
            records[place].layer = lowest
            records[place].layerOpensAt = now.monotonic + delay.nanoseconds
            remind(.layer(records.key(place)), after: delay)
        }
    }

    /// An outer cache would fill itself from the inner one that was not purged: it waits for it.
    private mutating func putOffOuter(_ place: Int, than layer: Int) {
        guard fault != .outerFirst else { return }
        for target in records[place].targets.indices where records[place].targets[target].stage != .settled {
            guard let edge = records[place].targets[target].edge, desks[edge].profile.layer > layer,
                records[place].targets[target].stage != .sending
            else { continue }
            settle(place, target, .deferred, reason: .order)
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

    mutating func releaseHeld(_ place: Int) {
        for target in records[place].targets.indices where records[place].targets[target].stage == .held {
            guard let edge = records[place].targets[target].edge, mayBeSent(place, target, edge),
                isFanOutOpen(place, edge), let lane = laneOf(place, edge)
            else { continue }
            records[place].targets[target].stage = .queued
            laneChanged(lane)
        }
    }
}

extension Selectors {
    /// The part that an edge takes.
    func part(for takes: SelectorKinds) -> Selectors {
        takes == .all ? self : only(takes)
    }
}
