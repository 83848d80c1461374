internal import Basics
internal import Invalidations

/// Nothing lost: a retry record keeps key, value and partition, names exactly the edges that remain, and goes to the
/// right retry topic.
final class RetryChecker: Checker {
    let name = "retry records"
    private struct Key: Hashable {
        let worker: Int
        let edge: String
    }

    /// By what workers have said of their edges.
    private var downSince: [Key: SimulatedTime] = [:]
    private var namedTogether: Set<String> = []
    /// Edges that a retry record has told to be down.
    private var toldDown: Set<String> = []
    private let edges: [String]
    private let isOneWay: Bool
    private let lastTier: Int

    init(_ scenario: Scenario) {
        edges = scenario.edges.map(\.profile.name)
        lastTier = scenario.settings.retryTiers.count - 1
        isOneWay =
            scenario.workers == 1 && scenario.faults.isEmpty && scenario.eventsBetweenCrashes == nil
            && scenario.broker.fails == 0 && scenario.broker.losesAnswers == 0
    }

    func see(_ observation: Observation, in world: World) {
        if case .alert(let worker, let alert) = observation { return retry(alert, worker, world.now) }
        guard case .writeRetry(let worker, _, let retryRecord) = observation else { return }
        defer { if retryRecord.retry.parts.count > 1 { namedTogether.formUnion(retryRecord.retry.parts.map(\.edge)) } }
        if retryRecord.retry.reason == .breaker { toldDown.formUnion(retryRecord.retry.parts.map(\.edge)) }
        guard let request = world.oracle.request(retryRecord.attempt),
            let record = source(of: retryRecord, request.number, worker)
        else { return violation(world, "\(worker.name) defers what it has not read") }
        if let text = mistake(retryRecord, request, record, worker, world) {
            violation(world, "\(worker.name) defers \(request.name) \(text)")
        }
    }

    /// Of several edges in one retry record only some may be down: its reader takes all of them for that.
    private func mayLookLonger(_ retryRecord: RetryRecord) -> Bool {
        retryRecord.retry.parts.contains { namedTogether.contains($0.edge) }
    }

    private func retry(_ alert: WorkerAlert, _ worker: SimulatedWorker, _ now: SimulatedTime) {
        func key(_ edge: Int) -> Key { Key(worker: worker.number, edge: edges[edge]) }
        switch alert {
        case .edgeDown(let edge, _), .edgeRefuses(let edge, _): downSince[key(edge)] = downSince[key(edge)] ?? now
        case .edgeUp(let edge): downSince[key(edge)] = nil
        case .edgeRefusesKinds, .deadLetterFlood: break
        }
    }

    /// The record that is deferred: the last that was read of those that began with the same one.
    private func source(of retryRecord: RetryRecord, _ request: Int, _ worker: SimulatedWorker) -> LogRecord? {
        let names = Set(retryRecord.retry.parts.map(\.edge))
        let begun = (worker.begun[retryRecord.retry.origin] ?? []).filter { $0.record.request == request }
        return begun.last { entry in
            guard let retry = entry.record.retry else { return true }
            return !names.isDisjoint(with: retry.parts.map(\.edge))
        }?.record ?? begun.last?.record
    }

    private func mistake(
        _ retryRecord: RetryRecord, _ request: RequestOracle, _ record: LogRecord, _ worker: SimulatedWorker,
        _ world: World
    ) -> String? {
        if retryRecord.partition != record.source.partition { return "to another partition" }
        if retryRecord.original != request.publication.original { return "with other bytes" }
        if retryRecord.retry.parts.isEmpty { return "for no edge" }
        if let text = tierMistake(retryRecord, request, record, worker, world) { return text }
        return partsMistake(retryRecord, request, worker, world)
    }

    /// One topic on for what failed when it was due, the same one for what was only read ahead of its time, the first
    /// one for what found no place; and for an edge that is down, the one whose delay is as long as the outage so far.
    /// Looked at where nothing is stored twice, so that it is known which copy it was.
    private func tierMistake(
        _ retryRecord: RetryRecord, _ request: RequestOracle, _ record: LogRecord, _ worker: SimulatedWorker,
        _ world: World
    ) -> String? {
        guard retryRecord.retry.reason != .repeatPurge else { return nil }
        if let text = scheduleMistake(retryRecord, worker.wall(world.now)) { return text }
        if let text = outageMistake(retryRecord, record, worker, world) { return text }
        // A run that is taken over may publish a request twice: then it is not known which copy it was.
        guard isOneWay, request.records.count <= 1 else { return nil }
        let wall = worker.wall(world.now)
        let isForOutage = retryRecord.retry.parts.contains {
            downSince[Key(worker: worker.number, edge: $0.edge)] != nil
        }
        if isForOutage, [.order, .blocking, .scan].contains(retryRecord.retry.reason) { return nil }
        // The wait for its own time was no retry round.
        let hasWaited = record.retry?.reason == .scheduled && retryRecord.retry.reason != .scheduled
        let before = hasWaited ? nil : record.source.tier
        let expected: Set<Int>
        if let before, let retry = record.retry, retry.notBefore > wall {
            expected = [before]
        } else if retryRecord.retry.reason == .scheduled {
            expected = [waitingTier(retryRecord, wall, world)]
        } else if retryRecord.retry.reason == .breaker || isOfFullEdgeThatIsDown(retryRecord, before) {
            guard let outage = outage(retryRecord, worker, world) else { return nil }
            // Retry records tell of an outage in whole milliseconds, by another clock.
            expected = Set((0...2).map { max(before ?? 0, tier(for: outage + $0, world)) })
        } else if before != nil, retryRecord.retry.reason == .overflow || retryRecord.retry.reason == .blocking {
            expected = [0]
        } else {
            expected = [min((before ?? -1) + 1, lastTier)]
        }
        guard let most = expected.max(), !expected.contains(retryRecord.tier) else { return nil }
        let isForOutageAlone = retryRecord.retry.reason == .breaker || isOfFullEdgeThatIsDown(retryRecord, before)
        if isForOutageAlone, retryRecord.tier > most, mayLookLonger(retryRecord) { return nil }
        return "to retry topic \(retryRecord.tier + 1), not \(most + 1), for \(retryRecord.retry.reason.rawValue)"
    }

    /// A request whose own time has not come waits for that, and for nothing else.
    private func scheduleMistake(_ retryRecord: RetryRecord, _ wall: Timestamp) -> String? {
        guard let notBefore = retryRecord.invalidation.notBefore, notBefore > wall else { return nil }
        if retryRecord.retry.reason != .scheduled { return "for \(retryRecord.retry.reason.rawValue), before its time" }
        return retryRecord.retry.notBefore > notBefore ? "until after its time" : nil
    }

    /// The topic with the longest delay that ends before the request's own time.
    private func waitingTier(_ retryRecord: RetryRecord, _ wall: Timestamp, _ world: World) -> Int {
        guard let notBefore = retryRecord.invalidation.notBefore else { return 0 }
        return world.scenario.settings.retryTiers.lastIndex { wall + $0.nanoseconds / .millisecond <= notBefore } ?? 0
    }

    /// What found no place waits as long as the outage, too. Workers learn of outages from retry records as well.
    private func isOfFullEdgeThatIsDown(_ retryRecord: RetryRecord, _ before: Int?) -> Bool {
        before == nil && retryRecord.retry.reason == .overflow
            && retryRecord.retry.parts.contains { toldDown.contains($0.edge) }
    }

    /// How long the worker knows an edge of the record to be down, in milliseconds; nil where none is.
    private func outage(_ retryRecord: RetryRecord, _ worker: SimulatedWorker, _ world: World) -> SimulatedTime? {
        retryRecord.retry.parts.compactMap { downSince[Key(worker: worker.number, edge: $0.edge)] }.min()
            .map { (world.now - $0) / .millisecond }
    }

    private func tier(for outage: SimulatedTime, _ world: World) -> Int {
        world.scenario.settings.retryTiers.firstIndex { $0.nanoseconds / .millisecond >= outage } ?? lastTier
    }

    /// A request that finds an edge down waits at least for as long as its worker knows the outage to have lasted.
    private func outageMistake(
        _ retryRecord: RetryRecord, _ record: LogRecord, _ worker: SimulatedWorker, _ world: World
    ) -> String? {
        guard retryRecord.retry.reason == .breaker, record.retry == nil,
            let outage = outage(retryRecord, worker, world)
        else { return nil }
        guard retryRecord.tier < tier(for: outage, world) else { return nil }
        return "to retry topic \(retryRecord.tier + 1) after \(outage) ms of an outage"
    }

    /// Every part of the record must be done, given up, or named.
    private func partsMistake(
        _ retryRecord: RetryRecord, _ request: RequestOracle, _ worker: SimulatedWorker, _ world: World
    ) -> String? {
        let named = Set(retryRecord.retry.parts.compactMap { world.oracle.part(named: $0.step.name(of: $0.edge)) })
        // Of several copies each may have a part of the parts.
        guard let copies = worker.begun[retryRecord.retry.origin], copies.count == 1 else { return nil }
        let wall = worker.wall(world.now)
        let isComplete = world.oracle.parts(of: copies[0].record).allSatisfy { part in
            named.contains(part) || world.oracle.isSettled(request, part: part, wall: wall)
                || world.oracle.mayBeDead(request, part: part)
        }
        return isComplete ? nil : "and forgets an edge that remains"
    }
}
