internal import Invalidations

/// The workers' bounds and rhythms: small ones, so that a few requests reach them.
enum SettingsGenerator {
    static func generate(
        _ scenarioProfile: ScenarioProfile, partitions: Int, namespaces: [NamespacePlan], _ random: inout SeededRandom
    ) -> WorkerSettings {
        var settings = WorkerSettings()
        settings.partitionsInAll = partitions
        if namespaces.contains(where: { $0.kind == .strict }) {
            settings.strictNamespaces = [.prefix(NamespacePlan.stem(.strict))]
        }
        generateRetry(scenarioProfile, &settings, &random)
        generateCapacity(scenarioProfile, &settings, &random)
        settings.clockSkew = random.pick([.milliseconds(100), .seconds(2)])
        settings.commitEvery = random.pick([1, 10, 1_000])
        settings.reportInterval = random.pick([.seconds(5), .seconds(60)])
        if random.chance(0.1) { settings.maximumAge = random.pick([.seconds(600), .seconds(7200)]) }
        if random.chance(0.1) {
            settings.deadLetterGuard.inRow = 10
            settings.deadLetterGuard.pause = .seconds(5)
        }
        return settings
    }

    private static func generateRetry(
        _ scenarioProfile: ScenarioProfile, _ settings: inout WorkerSettings, _ random: inout SeededRandom
    ) {
        settings.retry = RetryPolicy(
            attemptsMax: random.int(1...3), base: .milliseconds(50),
            cap: random.pick([.milliseconds(500), .seconds(2)]))
        // Seconds in a row through hours of an outage would be all that a run is about.
        let isLong = scenarioProfile == .outages
        settings.retryTiers = random.pick(
            isLong
                ? [
                    [.seconds(10), .seconds(60), .seconds(600), .seconds(3600)],
                    [.seconds(5), .seconds(300)],
                ]
                : [
                    [.seconds(10), .seconds(60), .seconds(600), .seconds(3600)],
                    [.seconds(5), .seconds(30)],
                    [.seconds(10), .seconds(60), .seconds(600)],
                    [.seconds(2)],
                ])
        if scenarioProfile == .mixture, random.chance(0.08) { settings.retryTiers = [] }
        settings.breaker.failuresInRow = random.int(3...5)
        settings.breaker.pauseMax = random.pick([.seconds(5), .seconds(60)])
        settings.retryBudget.perSecond = random.pick([1, 10])
    }

    private static func generateCapacity(
        _ scenarioProfile: ScenarioProfile, _ settings: inout WorkerSettings, _ random: inout SeededRandom
    ) {
        settings.delayedMax = random.pick([4, 16, 64, 256])
        if scenarioProfile == .contention {
            settings.openRecordsMax = 1_000
            settings.edgeShare = 1
            return
        }
        settings.openRecordsMax = random.pick([24, 60, 200, 1_000])
        settings.openBytesMax = random.pick([64 << 20, 64 << 20, 6_000])
        settings.laneRequestsMax = random.pick([4, 16, 64, 1_024])
        settings.actionsAtOnce = random.pick([1, 2, 4, 64])
        settings.laneBytesMax = random.pick([512, 4 << 10, 256 << 10])
        settings.edgeShare = random.pick([0.25, 0.5, 1])
        settings.blockedOffsetsMax = random.pick([10, 50, 1_000])
        settings.blockedTimeMax = random.pick([.seconds(5), .seconds(20), .seconds(60)])
    }
}
