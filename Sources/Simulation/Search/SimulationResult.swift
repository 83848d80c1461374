/// What came of one run.
public struct SimulationResult: Sendable {
    public let seed: UInt64
    public let scenarioProfile: ScenarioProfile
    public let counts: SimulationCounts
    /// Nil for a clean run.
    public let violation: Violation?
    /// Empty unless it was asked for.
    public let trace: [TraceLine]

    public var isClean: Bool { violation == nil }
}

/// Something that must never be.
public struct Violation: Sendable, Equatable {
    /// What watched.
    public let checker: String
    /// Simulated nanoseconds since the run began.
    public let time: Int64
    public let text: String
}

/// How much happened.
public struct SimulationCounts: Sendable, Equatable {
    public var events = 0
    public var published = 0
    public var read = 0
    public var purges = 0
    public var retryRecords = 0
    public var deadLetters = 0
    public var replays = 0
    public var reports = 0
    public var commits = 0
    public var crashes = 0
    public var rebalances = 0
    /// Simulated nanoseconds.
    public var simulated: Int64 = 0

    public init() {}

    public static func + (a: SimulationCounts, b: SimulationCounts) -> SimulationCounts {
        var sum = a
        sum.events += b.events
        sum.published += b.published
        sum.read += b.read
        sum.purges += b.purges
        sum.retryRecords += b.retryRecords
        sum.deadLetters += b.deadLetters
        sum.replays += b.replays
        sum.reports += b.reports
        sum.commits += b.commits
        sum.crashes += b.crashes
        sum.rebalances += b.rebalances
        sum.simulated += b.simulated
        return sum
    }
}
