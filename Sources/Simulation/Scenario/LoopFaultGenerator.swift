internal import Invalidations

/// What tests the loop more than the core: topics that can't be written or are made again, processes of several loops.
enum LoopFaultGenerator {
    /// From a stream of its own, so that all else in a scenario is the same with and without.
    static func apply(to scenario: inout Scenario) {
        var random = SeededRandom(seed: scenario.seed, stream: 8)
        guard !scenario.scenarioProfile.isPlain else { return }
        if random.chance(0.2) { scenario.loopsPerProcess = 2 }
        if random.chance(0.15) {
            for _ in 0..<random.int(1...2) {
                let from = random.time(0...(scenario.chaosEnd * 3 / 4))
                scenario.broker.unwritable.append(
                    BrokerPlan.UnwritableWindow(
                        topics: random.chance(0.5) ? .progress : .retriesAndDead, from: from,
                        until: from + random.time(5 * .second...2 * .minute)))
            }
        }
        guard scenario.settings.strictNamespaces.isEmpty, random.chance(0.06) else { return }
        scenario.faults.append(
            PlannedFault(time: random.time(.second...(scenario.chaosEnd - .second)), kind: .remake))
        scenario.faults.sort { $0.time < $1.time }
    }
}
