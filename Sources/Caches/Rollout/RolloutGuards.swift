/// Bounds that a rollout keeps to, and what follows where one is broken.
public struct RolloutGuards: Hashable, Sendable {
    public enum Action: String, CaseIterable, Sendable {
        /// A cutover stops where it is; other phases go back.
        case stop
        case back
    }

    /// Percentage of comparisons that may differ, as it was given; nil for any.
    public var mismatchMax: Double?
    /// Percentage of calls that the cache may fail.
    public var errorsMax: Double?
    /// What 99 of 100 answers of the cache stay below.
    public var latencyMax: Duration?
    /// Whether writes may become dead letters.
    public var allowsDead = false
    /// Shares and latencies count from so many on.
    public var samplesMin = 50
    public var action = Action.back

    public init() {}

    /// Says which bound is broken; nil while none is.
    public func fault(_ figures: RolloutFigures) -> String? {
        if !allowsDead, figures.dead > 0 { return "\(figures.dead) writes became dead letters" }
        if let mismatchMax, figures.compared >= samplesMin, figures.mismatchPercent > mismatchMax {
            return "\(figures.different) of the last \(figures.compared) comparisons differ"
        }
        if let errorsMax, figures.calls >= samplesMin, figures.errorPercent > errorsMax {
            return "\(figures.errors) of the last \(figures.calls) calls failed"
        }
        if let latencyMax, figures.calls >= samplesMin, let latency = figures.latency, latency > latencyMax {
            return "the cache's p99 is \(latency)"
        }
        return nil
    }
}

/// What a node saw of a rollout's phase lately.
public struct RolloutFigures: Hashable, Sendable {
    public var compared = 0
    public var different = 0
    public var calls = 0
    public var errors = 0
    /// Of the cache's answers, the 99th of 100.
    public var latency: Duration?
    public var dead = 0

    public init() {}

    var mismatchPercent: Double { compared == 0 ? 0 : Double(different) * 100 / Double(compared) }
    var errorPercent: Double { calls == 0 ? 0 : Double(errors) * 100 / Double(calls) }
}
