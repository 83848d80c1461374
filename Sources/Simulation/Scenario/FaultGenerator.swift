/// Deaths, rebalances and losses.
enum FaultGenerator {
    static func generate(_ scenarioProfile: ScenarioProfile, until end: SimulatedTime, _ random: inout SeededRandom)
        -> [PlannedFault]
    {
        let count: Int
        switch scenarioProfile {
        case .contention: count = 0
        case .crashes: count = random.int(3...10)
        default: count = random.chance(0.3) ? 0 : random.int(1...4)
        }
        let faults = (0..<count).map { _ in
            PlannedFault(time: random.time(.second...(end - .second)), kind: kind(&random))
        }
        return faults.sorted { $0.time < $1.time }
    }

    static func eventsBetweenCrashes(_ scenarioProfile: ScenarioProfile, _ random: inout SeededRandom) -> Int? {
        switch scenarioProfile {
        case .contention: nil
        case .crashes: random.pick([40, 150, 400])
        default: random.chance(0.4) ? random.pick([150, 600]) : nil
        }
    }

    private static func kind(_ random: inout SeededRandom) -> PlannedFault.Kind {
        // Retention that is too short is the rarest of mistakes, and excuses much.
        if random.chance(0.03) { return .truncate }
        return random.pick([.crash, .fence, .fence, .join, .drain, .rebalance, .rebalance])
    }
}
