/// Runs of the simulated cache. The same seed gives the same run.
public enum CacheSimulation {
    /// - Returns: the first thing that must never be; nil for a clean run.
    public static func run(seed: UInt64) -> CacheViolation? { runStore(seed: seed) ?? runNodes(seed: seed).violation }

    /// Runs the worlds of one store and of one partition's writes.
    public static func runStore(seed: UInt64) -> CacheViolation? {
        var race = RaceWorld(seed: seed)
        if let violation = race.run() { return violation }
        var tokens = TokenWorld(seed: seed)
        if let violation = tokens.run() { return violation }
        var disk = DiskWorld(seed: seed)
        if let violation = disk.run() { return violation }
        var mirrors = MirrorWorld(seed: seed)
        if let violation = mirrors.run() { return violation }
        var flush = FlushWorld(seed: seed)
        return flush.run()
    }

    /// Runs the world of several nodes alone.
    public static func runNodes(seed: UInt64) -> (violation: CacheViolation?, counts: NodesCounts) {
        var nodes = NodesWorld(seed: seed)
        let violation = nodes.run()
        return (violation, nodes.counts)
    }
}

/// Something that a cache must never do.
public struct CacheViolation: Error, Hashable, Sendable {
    /// What watched.
    public let checker: String
    public let text: String
}
