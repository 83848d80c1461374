/// Profile of a run: the circumstances that it has most of.
public enum ScenarioProfile: String, CaseIterable, Sendable {
    /// A little of everything.
    case mixture
    /// Much more to send than an edge takes, in all priorities.
    case contention
    /// Namespaces whose order is kept across retries.
    case strict
    /// Inner caches before outer ones.
    case layers
    /// Edges that are away for long.
    case outages
    /// Items that edges refuse.
    case poison
    /// Processes that die, again and again.
    case crashes
    /// Edges that take seconds, the same selectors over and over.
    case slowness
    /// Edges and accounts with limits.
    case limits
    /// A backlog, and nothing wrong. Drawn apart from the others.
    case backlog

    /// Much to do, and nobody does anything odd.
    var isPlain: Bool { self == .contention || self == .backlog }

    /// Those that are drawn with equal chances.
    static let usual = allCases.filter { $0 != .backlog }
}
