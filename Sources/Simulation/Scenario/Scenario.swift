internal import Basics
internal import Invalidations

/// All that a seed decides before anything happens.
struct Scenario {
    let seed: UInt64
    var scenarioProfile: ScenarioProfile
    var partitions: Int
    var workers: Int
    /// From then on nothing goes wrong any more, and nothing new is published.
    var chaosEnd: SimulatedTime
    var settings: WorkerSettings
    var namespaces: [NamespacePlan]
    var edges: [EdgePlan]
    var broker: BrokerPlan
    var faults: [PlannedFault]
    /// Handled events between two deaths in the midst of an event's actions, on average; nil for none.
    var eventsBetweenCrashes: Int?
    /// Requests in all.
    var publications: Int
    /// Loops of one process: they die together.
    var loopsPerProcess = 1
    /// Of the requests, those that say a time before which no purge may start.
    var scheduledShare = 0.0
    /// When runs replay something.
    var replays: [SimulatedTime] = []
    /// Runs that a runner carries out.
    var runs: [RunPlan] = []

    /// Whether anything is replayed, in whatever way.
    var hasReplays: Bool { !replays.isEmpty || !runs.isEmpty }

    /// Everything must have ended that long after the chaos: the longest delay of a retry topic several times over (a
    /// strict namespace may wait for one after the other), second purges, and the time that limits need for what piled
    /// up.
    var patience: SimulatedTime {
        let longest = settings.retryTiers.last?.nanoseconds ?? 0
        let repeatPause = edges.compactMap { $0.profile.repeatsAfter?.nanoseconds }.max() ?? 0
        return 6 * longest + repeatPause + 2 * .hour
    }

    init(seed: UInt64) {
        self.seed = seed
        var random = SeededRandom(seed: seed, stream: 1)
        scenarioProfile = Scenario.scenarioProfile(&random)
        partitions = random.pick([1, 1, 2, 3, 4])
        workers = scenarioProfile == .contention ? random.int(1...2) : random.int(1...3)
        chaosEnd = Scenario.length(scenarioProfile, &random)
        publications = Scenario.publications(scenarioProfile, &random)
        namespaces = NamespaceGenerator.generate(scenarioProfile, partitions: partitions, &random)
        settings = SettingsGenerator.generate(scenarioProfile, partitions: partitions, namespaces: namespaces, &random)
        edges = EdgeGenerator.generate(scenarioProfile, chaosEnd: chaosEnd, namespaces: namespaces, &settings, &random)
        broker = BrokerPlan.generate(scenarioProfile, &random)
        faults = FaultGenerator.generate(scenarioProfile, until: chaosEnd, &random)
        eventsBetweenCrashes = FaultGenerator.eventsBetweenCrashes(scenarioProfile, &random)
        generateExtras()
        LoopFaultGenerator.apply(to: &self)
        ReplayGenerator.apply(to: &self)
        RunGenerator.apply(to: &self)
        ScheduleGenerator.apply(to: &self)
    }

    /// From a stream of its own: what came later to the simulator leaves the older worlds as they were.
    private mutating func generateExtras() {
        var random = SeededRandom(seed: seed, stream: 7)
        if random.chance(0.06) { return BacklogGenerator.apply(to: &self, &random) }
        RefusalGenerator.generate(
            scenarioProfile, &edges, namespaces: namespaces, isStrict: !settings.strictNamespaces.isEmpty,
            until: chaosEnd,
            &random)
        if scenarioProfile != .contention, random.chance(0.3) {
            for slot in edges.indices { edges[slot].namesOddPauses = true }
        }
        guard scenarioProfile != .contention, settings.strictNamespaces.isEmpty, random.chance(0.15) else { return }
        for _ in 0..<random.int(1...2) {
            faults.append(PlannedFault(time: random.time(.second...(chaosEnd - .second)), kind: .rollBack))
        }
        faults.sort { $0.time < $1.time }
    }

    private static func scenarioProfile(_ random: inout SeededRandom) -> ScenarioProfile {
        random.chance(0.25) ? .mixture : random.pick(ScenarioProfile.usual)
    }

    private static func length(_ scenarioProfile: ScenarioProfile, _ random: inout SeededRandom) -> SimulatedTime {
        switch scenarioProfile {
        case .contention: random.time(.minute...3 * .minute)
        case .outages: random.time(20 * .minute...6 * .hour)
        default: random.pick([2 * .minute, 10 * .minute, 40 * .minute, 2 * .hour])
        }
    }

    private static func publications(_ scenarioProfile: ScenarioProfile, _ random: inout SeededRandom) -> Int {
        scenarioProfile == .contention ? random.int(120...220) : random.int(30...130)
    }
}

/// What goes wrong between workers and the broker, as shares of one.
struct BrokerPlan {
    /// A record is not stored.
    var fails = 0.0
    /// It is stored, and its sender is told that it was not.
    var losesAnswers = 0.0
    /// It takes seconds.
    var delays = 0.0
    var refusesCommits = 0.0
    /// A record of an invalidation topic is followed by offsets that do not exist.
    var gaps = 0.0
    /// A worker's timer comes late.
    var lateTimers = 0.05
    /// When topics can't be written.
    var unwritable: [UnwritableWindow] = []

    /// Records of some kind are not stored for a while.
    struct UnwritableWindow {
        enum Topics {
            case progress
            case retriesAndDead
        }

        var topics: Topics
        var from: SimulatedTime
        var until: SimulatedTime
    }

    static func generate(_ scenarioProfile: ScenarioProfile, _ random: inout SeededRandom) -> BrokerPlan {
        var plan = BrokerPlan()
        guard scenarioProfile != .contention, random.chance(0.8) else { return plan }
        plan.fails = random.pick([0, 0.01, 0.1])
        plan.losesAnswers = random.pick([0, 0.01, 0.1])
        plan.delays = random.pick([0, 0.02, 0.2])
        plan.refusesCommits = random.pick([0, 0.05, 0.3])
        plan.gaps = random.pick([0, 0, 0.1])
        return plan
    }
}
