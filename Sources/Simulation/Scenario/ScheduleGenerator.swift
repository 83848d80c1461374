internal import Invalidations

/// Requests with a time before which no purge may start. Many worlds have a few, some calm ones have many.
enum ScheduleGenerator {
    static func apply(to scenario: inout Scenario) {
        var random = SeededRandom(seed: scenario.seed, stream: 12)
        guard !scenario.scenarioProfile.isPlain, !scenario.settings.retryTiers.isEmpty else { return }
        if random.chance(0.06) {
            scenario.scheduledShare = 0.7
            calm(&scenario)
        } else if random.chance(0.5) {
            scenario.scheduledShare = random.pick([0.05, 0.3])
        }
    }

    /// Nothing goes wrong, so that a purge that starts late has no excuse.
    private static func calm(_ scenario: inout Scenario) {
        scenario.workers = 1
        scenario.loopsPerProcess = 1
        scenario.faults = []
        scenario.eventsBetweenCrashes = nil
        scenario.replays = []
        scenario.runs = []
        scenario.broker = BrokerPlan(lateTimers: 0)
        scenario.settings.accounts = []
        scenario.settings.deadLetterGuard = DeadLetterGuardPolicy()
        for edge in scenario.edges.indices {
            scenario.edges[edge].faultWindows = []
            scenario.edges[edge].refusals = []
            scenario.edges[edge].refuses = []
            scenario.edges[edge].profile.limits = EdgeLimits()
            scenario.edges[edge].profile.account = nil
        }
    }
}
