internal import Basics
internal import Invalidations
internal import JSON

/// Generates all publications of a run, in their order.
struct PublicationGenerator {
    private let scenario: Scenario
    private var random: SeededRandom
    /// Apart, so that the other members are the same without it.
    private var scheduleRandom: SeededRandom
    /// How far each namespace's publisher's clock is off, in milliseconds.
    private var clockOffsets: [Int64] = []
    /// What each namespace asked for last, for those who call it off.
    private var latest: [RequestID?]

    init(_ scenario: Scenario) {
        self.scenario = scenario
        random = SeededRandom(seed: scenario.seed, stream: 2)
        scheduleRandom = SeededRandom(seed: scenario.seed, stream: 11)
        latest = Array(repeating: nil, count: scenario.namespaces.count)
        let offMost = scenario.settings.clockSkew.nanoseconds / .millisecond / 2
        for _ in scenario.namespaces { clockOffsets.append(random.time(-offMost...offMost)) }
    }

    mutating func generate() -> [Publication] {
        let lots = scenario.namespaces.indices.flatMap { slot in
            Array(repeating: slot, count: scenario.namespaces[slot].weight)
        }
        return times().enumerated().map { number, time in
            publication(number, at: time, namespace: random.pick(lots))
        }
    }

    /// Bursts, and single ones between them.
    private mutating func times() -> [SimulatedTime] {
        let last = scenario.chaosEnd * 4 / 5
        var times: [SimulatedTime] = []
        while times.count < scenario.publications {
            let start = scenario.scenarioProfile.isPlain ? random.time(0...(last / 8)) : random.time(0...last)
            let size = scenario.scenarioProfile.isPlain ? random.int(20...80) : random.pick([1, 1, 1, 2, 5, 15, 40])
            let width = random.pick([10 * .millisecond, 300 * .millisecond, 3 * .second])
            for _ in 0..<min(size, scenario.publications - times.count) {
                times.append(start + random.time(0...width))
            }
        }
        return times.sorted()
    }

    private mutating func publication(_ number: Int, at time: SimulatedTime, namespace: Int) -> Publication {
        let plan = scenario.namespaces[namespace]
        let wall = Calendar.wall(time, offset: clockOffsets[namespace])
        let isRubbish = !scenario.scenarioProfile.isPlain && random.chance(0.02)
        let content: Result<Invalidation, InvalidationError> =
            isRubbish
            ? .failure(InvalidationError(.malformed, "not valid JSON"))
            : .success(request(number, plan, namespace, at: wall))
        return Publication(
            number: number, time: time, namespace: namespace, priority: plan.priority,
            original: original(number, plan, content), content: content)
    }

    private mutating func request(
        _ number: Int, _ plan: NamespacePlan, _ namespace: Int, at wall: Timestamp
    ) -> Invalidation {
        let id = RequestID(at: wall, using: &random)
        defer { latest[namespace] = id }
        if let called = latest[namespace], !scenario.scenarioProfile.isPlain, random.chance(0.04) {
            return Invalidation(
                id: id, namespace: plan.namespace, selectors: Selectors(), priority: plan.priority, requestedAt: wall,
                cancels: called)
        }
        let isPoisoned =
            !scenario.scenarioProfile.isPlain && random.chance(scenario.scenarioProfile == .poison ? 0.15 : 0.04)
        let selectors =
            plan.isDistinct
            ? SelectorGenerator.distinct(number, isPoisoned: isPoisoned, &random)
            : SelectorGenerator.common(isPoisoned: isPoisoned, &random)
        let expires = !scenario.scenarioProfile.isPlain && random.chance(0.12)
        return Invalidation(
            id: id, namespace: plan.namespace, selectors: selectors, mode: random.chance(0.5) ? .hard : .soft,
            priority: plan.priority, requestedAt: wall, notBefore: notBefore(wall),
            expiresAt: expires ? wall + random.time(100...300_000) : nil)
    }

    /// Most often none; now and then a time that has passed already.
    private mutating func notBefore(_ wall: Timestamp) -> Timestamp? {
        guard scheduleRandom.chance(scenario.scheduledShare) else { return nil }
        let tiers = scenario.settings.retryTiers.map { $0.nanoseconds / .millisecond }
        guard let shortest = tiers.first, let longest = tiers.last else { return nil }
        // Not so long that a run is about little else than hops.
        let most = min(3 * longest, 30 * shortest)
        return wall
            + scheduleRandom.pick([
                scheduleRandom.time(-60_000...0), scheduleRandom.time(0...3 * shortest), scheduleRandom.time(0...most),
            ])
    }

    /// Spaces behind the JSON make it larger.
    private mutating func original(
        _ number: Int, _ plan: NamespacePlan, _ content: Result<Invalidation, InvalidationError>
    ) -> OriginalRecord {
        var value = Array("rubbish \(number)".utf8)
        switch content {
        case .success(let invalidation):
            var writer = JSONWriter()
            InvalidationEncoder.encode(invalidation, into: &writer)
            value = Array(writer.bytes)
        case .failure where random.chance(0.3): return OriginalRecord(key: nil, value: nil)
        case .failure: break
        }
        value += Array(repeating: UInt8(ascii: " "), count: random.int(0...150))
        let headers = random.chance(0.2) ? [RecordHeader("traceparent", "00-\(number)")] : []
        return OriginalRecord(key: Array(plan.namespace.name.utf8), value: value, headers: headers)
    }
}
