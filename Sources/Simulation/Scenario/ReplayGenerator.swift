/// Runs of replays and redrives, while everything else goes on.
enum ReplayGenerator {
    /// From a stream of its own, so that all else in a scenario is the same with and without.
    static func apply(to scenario: inout Scenario) {
        var random = SeededRandom(seed: scenario.seed, stream: 9)
        guard !scenario.scenarioProfile.isPlain, random.chance(0.4) else { return }
        for _ in 0..<random.int(1...6) {
            // Late, because there must be something to redrive.
            scenario.replays.append(random.time((scenario.chaosEnd / 4)...(scenario.chaosEnd - .second)))
        }
    }
}
