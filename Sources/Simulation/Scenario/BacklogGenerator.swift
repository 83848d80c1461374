internal import Invalidations

/// A backlog that nothing is wrong with: much more than a worker may have open, and edges that are all equally fast.
enum BacklogGenerator {
    static func apply(to scenario: inout Scenario, _ random: inout SeededRandom) {
        scenario.scenarioProfile = .backlog
        scenario.workers = 1
        scenario.partitions = random.int(1...3)
        scenario.chaosEnd = 2 * .minute
        scenario.publications = random.int(150...300)
        scenario.namespaces = NamespaceGenerator.generate(.contention, partitions: scenario.partitions, &random)
        if random.chance(0.4) { scenario.namespaces.removeLast(scenario.namespaces.count - 1) }
        let edges = random.pick([1, 1, 2, 5])
        scenario.settings = settings(
            scenario.partitions, isSmall: edges == 1, isSingle: scenario.namespaces.count == 1, &random)
        scenario.broker = BrokerPlan()
        scenario.faults = []
        scenario.eventsBetweenCrashes = nil
        let latency = random.time(50 * .millisecond...200 * .millisecond)
        let profile = profile(&random)
        scenario.edges = (1...edges).map { number in
            var own = profile
            own.name = "edge-\(number)"
            own.namespaces = [.all]
            return EdgePlan(
                profile: own, latency: latency...latency, answersPerItem: true, refuses: [], faultWindows: [])
        }
    }

    /// - Parameters:
    ///   - isSmall: there is one edge. Several drift apart by a few requests, which small bounds would take for more.
    ///   - isSingle: there is one namespace. Among several a full lane is deferred for the others' sake.
    private static func settings(
        _ partitions: Int, isSmall: Bool, isSingle: Bool, _ random: inout SeededRandom
    ) -> WorkerSettings {
        var settings = WorkerSettings()
        settings.partitionsInAll = partitions
        settings.openRecordsMax = isSmall ? random.pick([40, 80]) : 120
        settings.laneRequestsMax = isSingle ? (isSmall ? 8 : 64) : 4_096
        settings.blockedOffsetsMax = isSmall ? random.pick([20, 1_000]) : 1_000
        settings.blockedTimeMax = .seconds(random.pick([5, 60]))
        settings.edgeShare = random.pick([0.5, 0.8])
        return settings
    }

    private static func profile(_ random: inout SeededRandom) -> EdgeProfile {
        EdgeProfile(
            name: "", batchItemsMax: random.pick([1, 4]), concurrencyMax: random.pick([1, 4]),
            limits: random.chance(0.3) ? EdgeLimits(requests: Rate(perSecond: 5)) : EdgeLimits())
    }
}
