import CacheSimulation
import Caches
import Testing

/// What warming is good for, and where it is not. `CacheStore.md` has the table of `cachesync-bench cache`.
struct WarmingTraceTests {
    @Test func itHelpsWhereSomeKeysAreHot() throws {
        let trace = try #require(WarmingTrace.all.first { $0.name == "Zipf 1.0" })
        let without = try WarmingRun.figures(trace, nil, seed: 2)
        let with = try WarmingRun.figures(trace, WarmingRules(), seed: 2)
        #expect(with.hitShare > without.hitShare && with.p99 <= without.p99, "\(without) \(with)")
        #expect(with.warmed > 0 && without.warmed == 0)
        // Each load in advance is one that a reader would have begun, or one more.
        #expect(with.originCalls * 100 <= (without.originCalls + with.warmed) * 101)
    }

    @Test func itLoadsNothingWhereNoKeyIsWorthIt() throws {
        let trace = try #require(WarmingTrace.all.first { $0.name == "all keys alike" })
        var rules = WarmingRules()
        rules.floor = .seconds(60)
        let without = try WarmingRun.figures(trace, nil, seed: 2)
        let with = try WarmingRun.figures(trace, rules, seed: 2)
        #expect(with.warmed == 0 && with.originCalls == without.originCalls, "\(without) \(with)")
    }
}
