internal import Invalidations

/// An edge of the simulated world: what workers know of it, and how it behaves.
struct EdgePlan {
    var profile: EdgeProfile
    /// Of an answer, when nothing is wrong.
    var latency: ClosedRange<SimulatedTime>
    /// Whether it answers for each item of a batch, or for the batch as a whole.
    var answersPerItem: Bool
    /// Selectors that it refuses for good.
    var refuses: Set<String>
    /// What is wrong with it when; ascending and apart. Empty for an edge that is always well.
    var spells: [Spell]

    var isAlwaysWell: Bool { spells.isEmpty }

    struct Spell {
        var from: SimulatedTime
        var until: SimulatedTime
        var trouble: Trouble
    }
}

/// What can be wrong with an edge.
enum Trouble: String, CaseIterable {
    /// Connections are refused.
    case down
    /// It never answers, and does nothing.
    case silent
    /// It purges, and its answer is lost.
    case losesAnswers
    /// One or the other, now and then.
    case flaky
    case throttling
    case quota
    /// It refuses everything, as with wrong credentials.
    case refusing
    /// It takes seconds.
    case slow
}
