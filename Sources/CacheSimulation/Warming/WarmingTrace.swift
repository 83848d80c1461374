/// Seeded trace of reads with purges in between, to see what warming is good for.
package struct WarmingTrace: Sendable {
    package let name: String
    /// Popularity falls with the rank to this power; zero is the same for all.
    package var exponent = 1.0
    package var keys = 5_000
    package var readsPerSecond = 200
    package var seconds = 600
    /// Each key has one of so many tags.
    package var tags = 20
    /// Between two purges, each of one tag.
    package var secondsBetweenPurges = 10.0
    /// How long an entry stays fresh.
    package var lifetime = Duration.seconds(600)
    /// Loads last between a fifth of this and this, each key's always the same.
    package var loadTimeMax = Duration.milliseconds(200)

    package init(_ name: String) {
        self.name = name
    }

    package static var all: [WarmingTrace] {
        func trace(_ name: String, _ change: (inout WarmingTrace) -> Void) -> WarmingTrace {
            var trace = WarmingTrace(name)
            change(&trace)
            return trace
        }
        return [
            WarmingTrace("Zipf 1.0"),
            trace("Zipf 0.8") { $0.exponent = 0.8 },
            trace("Zipf 1.2") { $0.exponent = 1.2 },
            trace("Zipf 1.0, everything at once") { ($0.tags, $0.secondsBetweenPurges) = (1, 60) },
            trace("Zipf 1.0, a purge each second") { $0.secondsBetweenPurges = 1 },
            trace("Zipf 1.0, entries of 5 s") { $0.lifetime = .seconds(5) },
            trace("all keys alike") { $0.exponent = 0 },
        ]
    }
}
