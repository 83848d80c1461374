internal import Replays

/// Runs that somebody orders, pauses, resumes and cancels, and whose owners die.
enum RunGenerator {
    /// From a stream of its own, so that all else in a scenario is the same with and without.
    static func apply(to scenario: inout Scenario) {
        var random = SeededRandom(seed: scenario.seed, stream: 10)
        guard !scenario.scenarioProfile.isPlain, random.chance(0.25) else { return }
        for _ in 0..<random.int(1...2) {
            var plan = RunPlan(
                at: random.time((scenario.chaosEnd / 4)...(scenario.chaosEnd * 3 / 4)),
                window: random.pick([1, 3, 20, 200]), rate: random.pick([nil, nil, 0.5, 20]))
            let length = max(.second, min(scenario.chaosEnd / 8, 2 * .minute))
            for _ in 0..<random.int(0...4) {
                plan.changes.append(
                    RunPlan.Change(
                        after: random.time(.millisecond...length),
                        wanted: random.pick([.paused, .paused, .running, .running, .cancelled])))
            }
            for _ in 0..<random.int(0...3) {
                plan.deaths.append(
                    RunPlan.Death(after: random.time(.millisecond...length), isLate: random.chance(0.2)))
            }
            scenario.runs.append(plan)
        }
    }
}

/// What somebody does with a run, and what becomes of its owners.
struct RunPlan {
    struct Change {
        var after: SimulatedTime
        var wanted: RunOrder.Wanted
    }

    struct Death {
        var after: SimulatedTime
        /// It is cut off, and what it has handed over comes late.
        var isLate: Bool
    }

    var at: SimulatedTime
    var window: Int
    /// Records a second.
    var rate: Double?
    var changes: [Change] = []
    var deaths: [Death] = []
}
