internal import Invalidations

/// What edges refuse while they take everything else. Drawn from a stream of its own, so that all else in a scenario is
/// the same with and without.
enum RefusalGenerator {
    static func generate(
        _ scenarioProfile: ScenarioProfile, _ edges: inout [EdgePlan], namespaces: [NamespacePlan], isStrict: Bool,
        until end: SimulatedTime, _ random: inout SeededRandom
    ) {
        guard scenarioProfile != .contention, scenarioProfile != .backlog else { return }
        for slot in edges.indices where random.chance(scenarioProfile == .poison ? 0.5 : 0.2) {
            for _ in 0..<random.int(1...2) {
                let from = random.chance(0.5) ? 0 : random.time(0...end)
                let scope = scope(namespaces, &random)
                let length = random.time(.second...end)
                let isForGood = random.chance(0.4) && !isStrict && !isEverything(scope, edges[slot])
                edges[slot].refusals.append(
                    EdgePlan.Refusal(from: from, until: isForGood ? .max : min(end, from + length), scope: scope))
            }
        }
    }

    /// An edge that refuses everything for good would be waited for until all has expired; and a strict namespace waits
    /// for all retry rounds of each request that is refused for good.
    private static func isEverything(_ scope: EdgePlan.Refusal.Scope, _ edge: EdgePlan) -> Bool {
        guard case .kinds(let kinds) = scope else { return false }
        let others = edge.refusals.reduce(kinds) { all, refusal in
            if case .kinds(let kinds) = refusal.scope { all.union(kinds) } else { all }
        }
        return edge.profile.accepts.isSubset(of: others)
    }

    private static func scope(
        _ namespaces: [NamespacePlan], _ random: inout SeededRandom
    ) -> EdgePlan.Refusal.Scope {
        switch random.int(0...2) {
        case 0: .items(SelectorGenerator.poison(&random))
        case 1: .namespace(random.pick(namespaces).namespace)
        default: .kinds(random.pick([.tags, .urls, .prefixes]))
        }
    }
}
