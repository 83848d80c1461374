internal import Invalidations

/// Nothing lost: a deferral keeps key, value and partition, names exactly the edges that remain, and goes to the right
/// retry topic.
final class DeferralChecker: Checker {
    let name = "deferrals"
    private struct Site: Hashable {
        let worker: Int
        let edge: String
    }

    /// By what workers have said of their edges.
    private var downSince: [Site: SimulatedTime] = [:]
    private var namedTogether: Set<String> = []
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

    func see(_ sighting: Sighting, in world: World) {
        if case .alert(let worker, let alert) = sighting { return note(alert, worker, world.now) }
        guard case .putOff(let worker, _, let deferral) = sighting else { return }
        defer { if deferral.note.parts.count > 1 { namedTogether.formUnion(deferral.note.parts.map(\.edge)) } }
        guard let request = world.facts.request(deferral.invalidation.id),
            let record = source(of: deferral, request.number, worker)
        else { return violation(world, "\(worker.name) puts off what it has not read") }
        if let text = mistake(deferral, request, record, worker, world) {
            violation(world, "\(worker.name) puts off \(request.name) \(text)")
        }
    }

    /// Of several edges in one deferral only some may be down: whoever reads it takes all of them for that.
    private func mayLookLonger(_ deferral: Deferral) -> Bool {
        deferral.note.parts.contains { namedTogether.contains($0.edge) }
    }

    private func note(_ alert: WorkerAlert, _ worker: SimulatedWorker, _ now: SimulatedTime) {
        func site(_ edge: Int) -> Site { Site(worker: worker.number, edge: edges[edge]) }
        switch alert {
        case .edgeDown(let edge, _), .edgeRefuses(let edge, _): downSince[site(edge)] = downSince[site(edge)] ?? now
        case .edgeUp(let edge): downSince[site(edge)] = nil
        case .edgeRefusesKinds, .deadLetterFlood: break
        }
    }

    /// The record that is put off: the last that was read of those that began with the same one.
    private func source(of deferral: Deferral, _ request: Int, _ worker: SimulatedWorker) -> LogRecord? {
        let names = Set(deferral.note.parts.map(\.edge))
        let begun = (worker.begun[deferral.note.origin] ?? []).filter { $0.record.request == request }
        return begun.last { entry in
            guard let note = entry.record.note else { return true }
            return !names.isDisjoint(with: note.parts.map(\.edge))
        }?.record ?? begun.last?.record
    }

    private func mistake(
        _ deferral: Deferral, _ request: RequestFacts, _ record: LogRecord, _ worker: SimulatedWorker, _ world: World
    ) -> String? {
        if deferral.partition != record.source.partition { return "to another partition" }
        if deferral.original != request.publication.original { return "with other bytes" }
        if deferral.note.parts.isEmpty { return "for no edge" }
        if let text = tierMistake(deferral, record, worker, world) { return text }
        return partsMistake(deferral, request, worker, world)
    }

    /// One topic on for what failed when it was due, the same one for what was only read ahead of its time, the first
    /// one for what found no place; and for an edge that is down, the one whose delay is as long as the outage so far.
    /// Looked at where nothing is stored twice, so that it is known which copy it was.
    private func tierMistake(
        _ deferral: Deferral, _ record: LogRecord, _ worker: SimulatedWorker, _ world: World
    ) -> String? {
        guard deferral.note.reason != .again else { return nil }
        if let text = outageMistake(deferral, record, worker, world) { return text }
        guard isOneWay else { return nil }
        let wall = worker.wall(world.now)
        let isForOutage = deferral.note.parts.contains { downSince[Site(worker: worker.number, edge: $0.edge)] != nil }
        if isForOutage, deferral.note.reason == .order || deferral.note.reason == .blocking { return nil }
        let before = record.source.tier
        let expected: Int
        if let before, let note = record.note, note.notBefore > wall {
            expected = before
        } else if deferral.note.reason == .breaker {
            let outages = deferral.note.parts.compactMap { downSince[Site(worker: worker.number, edge: $0.edge)] }
            guard let earliest = outages.min() else { return nil }
            let outage = (world.now - earliest) / .millisecond
            let tiers = world.scenario.settings.retryTiers
            let fitting = tiers.firstIndex { $0.nanoseconds / .millisecond >= outage } ?? lastTier
            expected = max(before ?? 0, fitting)
        } else if before != nil, deferral.note.reason == .overflow || deferral.note.reason == .blocking {
            expected = 0
        } else {
            expected = min((before ?? -1) + 1, lastTier)
        }
        guard deferral.tier != expected else { return nil }
        if deferral.note.reason == .breaker, deferral.tier > expected, mayLookLonger(deferral) { return nil }
        return "to retry topic \(deferral.tier + 1), not \(expected + 1), for \(deferral.note.reason.rawValue)"
    }

    /// What is published while an edge is down waits for as long as the outage has lasted: not for less, whoever read it.
    private func outageMistake(
        _ deferral: Deferral, _ record: LogRecord, _ worker: SimulatedWorker, _ world: World
    ) -> String? {
        let outages = deferral.note.parts.compactMap { downSince[Site(worker: worker.number, edge: $0.edge)] }
        guard deferral.note.reason == .breaker, record.note == nil, let earliest = outages.min() else { return nil }
        let outage = (world.now - earliest) / .millisecond
        let fitting = world.scenario.settings.retryTiers.firstIndex { $0.nanoseconds / .millisecond >= outage }
        guard deferral.tier < fitting ?? lastTier else { return nil }
        return "to retry topic \(deferral.tier + 1) after \(outage) ms of an outage"
    }

    /// Every part of the record must be done, given up, or named.
    private func partsMistake(
        _ deferral: Deferral, _ request: RequestFacts, _ worker: SimulatedWorker, _ world: World
    ) -> String? {
        let named = Set(deferral.note.parts.compactMap { world.facts.part(named: $0.step.name(of: $0.edge)) })
        // Of several copies each may have a part of the parts.
        guard let copies = worker.begun[deferral.note.origin], copies.count == 1 else { return nil }
        let wall = worker.wall(world.now)
        let isComplete = world.facts.parts(of: copies[0].record).allSatisfy { part in
            named.contains(part) || world.facts.isSettled(request, part: part, wall: wall)
                || world.facts.mayBeDead(request, part: part)
        }
        return isComplete ? nil : "and forgets an edge that remains"
    }
}
