internal import Invalidations

/// Whose content there is.
enum NamespaceGenerator {
    static func generate(_ scenarioProfile: ScenarioProfile, partitions: Int, _ random: inout SeededRandom)
        -> [NamespacePlan]
    {
        var plans: [NamespacePlan] = []
        for kind in kinds(scenarioProfile, &random) {
            guard let namespace = Namespace(NamespacePlan.stem(kind) + "\(plans.count + 1)") else {
                preconditionFailure("the names of the simulation are namespaces")
            }
            plans.append(
                NamespacePlan(
                    namespace: namespace, kind: kind, priority: priority(kind, &random),
                    partition: random.int(0...(partitions - 1)), isDistinct: isDistinct(kind, scenarioProfile, &random),
                    weight: weight(kind)))
        }
        return plans
    }

    private static func kinds(_ scenarioProfile: ScenarioProfile, _ random: inout SeededRandom) -> [NamespacePlan.Kind]
    {
        var kinds: [NamespacePlan.Kind] = [.quiet]
        for _ in 0..<random.int(0...3) { kinds.append(.quiet) }
        if scenarioProfile == .contention {
            return kinds + Array(repeating: .urgent, count: random.int(1...3)) + [.noisy, .bulk]
        }
        if scenarioProfile == .strict || random.chance(0.25) {
            for _ in 0..<random.int(1...2) { kinds.append(.strict) }
        }
        if random.chance(0.6) { kinds.append(.noisy) }
        if random.chance(0.5) { kinds.append(.bulk) }
        if random.chance(0.5) { kinds.append(.urgent) }
        if random.chance(0.2) { kinds.append(.lost) }
        return kinds
    }

    private static func priority(_ kind: NamespacePlan.Kind, _ random: inout SeededRandom) -> Priority {
        switch kind {
        case .quiet, .noisy, .lost: .normal
        case .strict: random.pick([.high, .normal])
        case .bulk: .low
        case .urgent: .high
        }
    }

    private static func isDistinct(
        _ kind: NamespacePlan.Kind, _ scenarioProfile: ScenarioProfile, _ random: inout SeededRandom
    ) -> Bool {
        switch kind {
        case .strict: true
        case .quiet, .noisy, .bulk, .urgent, .lost:
            scenarioProfile == .contention || random.chance(scenarioProfile == .slowness ? 0.3 : 0.6)
        }
    }

    private static func weight(_ kind: NamespacePlan.Kind) -> Int {
        switch kind {
        case .quiet: 2
        case .noisy: 16
        case .strict: 6
        case .bulk: 5
        case .urgent: 8
        case .lost: 1
        }
    }
}
