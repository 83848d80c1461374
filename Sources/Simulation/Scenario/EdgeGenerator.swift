internal import Invalidations

/// The edges, and what is wrong with them when.
enum EdgeGenerator {
    static func generate(
        _ scenarioProfile: ScenarioProfile, chaosEnd: SimulatedTime, namespaces: [NamespacePlan],
        _ settings: inout WorkerSettings,
        _ random: inout SeededRandom
    ) -> [EdgePlan] {
        let isLayered = scenarioProfile == .layers || random.chance(0.15)
        let count = scenarioProfile == .contention ? random.int(1...2) : random.int(isLayered ? 2...4 : 1...6)
        if scenarioProfile == .limits || random.chance(0.15) {
            settings.accounts = [AccountProfile(name: "account", limits: limits(&random))]
        }
        var edges: [EdgePlan] = []
        for number in 0..<count {
            var plan = EdgePlan(
                profile: EdgeProfile(name: "edge-\(number + 1)", namespaces: patterns(namespaces, &random)),
                latency: random.pick([
                    .millisecond...5 * .millisecond, 5 * .millisecond...40 * .millisecond,
                    50 * .millisecond...200 * .millisecond,
                ]),
                answersPerItem: random.chance(0.5), refuses: [], faultWindows: [])
            generateAbilities(scenarioProfile, &plan, &random)
            generatePace(scenarioProfile, &plan, settings, &random)
            generateSteps(isLayered, &plan, settings, &random)
            if random.chance(scenarioProfile == .poison ? 0.8 : 0.3) {
                plan.refuses = SelectorGenerator.poison(&random)
            }
            let isTroubled = scenarioProfile != .contention && random.chance(scenarioProfile == .outages ? 0.7 : 0.55)
            if isTroubled {
                plan.faultWindows = FaultWindowGenerator.generate(scenarioProfile, until: chaosEnd, &random)
            }
            edges.append(plan)
        }
        return edges
    }

    /// Everything but what nobody serves, or one kind less.
    private static func patterns(_ namespaces: [NamespacePlan], _ random: inout SeededRandom) -> [NamespacePattern] {
        var stems: [NamespacePattern] = []
        for plan in namespaces where plan.kind != .lost && !stems.contains(plan.pattern) { stems.append(plan.pattern) }
        if stems.count > 2, random.chance(0.2) { stems.remove(at: random.int(0...(stems.count - 1))) }
        return stems
    }

    private static func generateAbilities(
        _ scenarioProfile: ScenarioProfile, _ plan: inout EdgePlan, _ random: inout SeededRandom
    ) {
        if scenarioProfile != .contention, random.chance(0.4) {
            plan.profile.accepts = random.pick([
                [.tags, .urls], [.urls], [.tags, .everything], [.urls, .prefixes], [.tags, .urls, .prefixes],
            ])
            plan.profile.unsupported = random.pick([.skip, .skip, .dead])
        }
        plan.profile.batchItemsMax = random.pick(scenarioProfile == .contention ? [1, 2] : [1, 3, 20, 500])
        plan.profile.batchBytesMax = random.pick([120, 64 << 10, 64 << 10])
        plan.profile.callItemsMax = random.pick([1, 10, 500])
        plan.profile.planner = planner(callItemsMax: plan.profile.callItemsMax)
        plan.profile.concurrencyMax = random.pick(scenarioProfile == .contention ? [1, 1, 2] : [1, 2, 4, 64])
    }

    /// An adapter that puts no two requests into one call: it makes more calls than the core would estimate.
    private static func planner(callItemsMax: Int) -> CallPlanner {
        CallPlanner { batch in
            batch.items.reduce(into: PlannedCalls(calls: 0, items: 0)) { planned, selectors in
                planned.calls += (selectors.count + callItemsMax - 1) / callItemsMax
                planned.items += selectors.count
            }
        }
    }

    private static func generatePace(
        _ scenarioProfile: ScenarioProfile, _ plan: inout EdgePlan, _ settings: WorkerSettings,
        _ random: inout SeededRandom
    ) {
        if scenarioProfile == .contention {
            plan.latency = 50 * .millisecond...200 * .millisecond
            return
        }
        if random.chance(scenarioProfile == .limits ? 0.7 : 0.1) { plan.profile.limits = limits(&random) }
        if !settings.accounts.isEmpty, random.chance(0.6) { plan.profile.account = 0 }
        if random.chance(0.25) { plan.profile.linger = random.pick([.milliseconds(50), .seconds(1)]) }
    }

    private static func generateSteps(
        _ isLayered: Bool, _ plan: inout EdgePlan, _ settings: WorkerSettings, _ random: inout SeededRandom
    ) {
        if isLayered {
            plan.profile.layer = random.int(0...2)
            plan.profile.layerDelay = random.pick([.milliseconds(100), .seconds(1), .seconds(5)])
        }
        if !settings.retryTiers.isEmpty, random.chance(0.12) {
            plan.profile.repeatsAfter = random.pick([.seconds(5), .seconds(60)])
        }
        if random.chance(0.12) { plan.profile.fanOutMax = random.int(1...2) }
    }

    private static func limits(_ random: inout SeededRandom) -> EdgeLimits {
        var limits = EdgeLimits()
        switch random.int(0...3) {
        case 0: limits.requests = Rate(perSecond: 2, burst: random.pick([1, 4]))
        case 1: limits.items = Rate(perSecond: 4, burst: random.pick([2, 20]))
        case 2: limits.bytes = Rate(perSecond: 200, burst: random.pick([200, 2_000]))
        default:
            limits.requests = Rate(perSecond: 5)
            limits.items = Rate(perSecond: 20)
        }
        return limits
    }
}
