/// What is wrong with an edge when: good times and bad ones in turn.
enum FaultWindowGenerator {
    static func generate(
        _ scenarioProfile: ScenarioProfile, until end: SimulatedTime, _ random: inout SeededRandom
    ) -> [EdgePlan.FaultWindow] {
        var faultWindows: [EdgePlan.FaultWindow] = []
        var time = random.time(0...(end / 4))
        while time < end, faultWindows.count < 8 {
            let length = Self.length(scenarioProfile, end, &random)
            faultWindows.append(
                EdgePlan.FaultWindow(
                    from: time, until: min(end, time + length), trouble: trouble(scenarioProfile, &random)))
            time += length + random.time(.second...(end / 4 + 2 * .second))
        }
        return faultWindows
    }

    private static func length(
        _ scenarioProfile: ScenarioProfile, _ end: SimulatedTime, _ random: inout SeededRandom
    ) -> SimulatedTime {
        if scenarioProfile == .outages { return random.time((end / 4)...end) }
        return random.chance(0.2) ? random.time(.minute...(.minute + end / 2)) : random.time(.second...40 * .second)
    }

    private static func trouble(_ scenarioProfile: ScenarioProfile, _ random: inout SeededRandom) -> Trouble {
        switch scenarioProfile {
        case .outages: random.pick([.down, .down, .silent, .refusing, .throttling])
        case .slowness: random.pick([.slow, .slow, .slow, .losesAnswers, .down])
        default: random.pick(Trouble.allCases)
        }
    }
}
