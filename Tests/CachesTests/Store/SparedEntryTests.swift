import Caches
import TestSupport
import Testing

/// Invalidations that spare the entry which the same call has stored.
struct SparedEntryTests {
    private var fixture = ShardFixture()

    private mutating func set(_ key: String, _ value: String, _ tags: [String]) throws -> SparedEntry {
        let (address, value) = (try fixture.address(key), try CacheValue(Array(value.utf8)))
        _ = fixture.shard.set(address, value, tags: tags, lifetime: Lifetime(fresh: .seconds(60)), fixture.now)
        return SparedEntry(address, value.entityTag)
    }

    private mutating func invalidate(
        keys: [String] = [], tags: [String] = [], everything: Bool = false, sparing spared: SparedEntry?,
        budget: Int = 2_000
    ) throws -> SweepProgress {
        let addresses = try keys.map { try fixture.address($0) }
        return fixture.shard.invalidate(
            CacheSelectors(keys: addresses.map(\.key), tags: tags, everything: everything), addresses,
            in: fixture.first, sparing: spared, fixture.now, budget: budget)
    }

    private mutating func has(_ key: String) throws -> Bool {
        guard case .found = fixture.shard.lookup(try fixture.address(key), fixture.now) else { return false }
        return true
    }

    @Test(arguments: ["key", "tag", "everything"])
    mutating func theEntryStaysAndOthersGo(_ selector: String) throws {
        let spared = try set("a", "1", ["t"])
        for key in ["b", "c", "d"] { _ = try set(key, "1", ["t"]) }
        var progress =
            switch selector {
            case "key": try invalidate(keys: ["a", "b", "c", "d"], sparing: spared)
            case "tag": try invalidate(tags: ["t"], sparing: spared, budget: 1)
            default: try invalidate(everything: true, sparing: spared, budget: 1)
            }
        #expect(try has("a"))
        for key in ["b", "c", "d"] { #expect(try !has(key)) }
        while let pending = progress.pending { progress = fixture.shard.continueSweep(pending, budget: 1) }
        #expect(progress.count == 3)
        #expect(try has("a"))
        #expect(fixture.shard.inconsistency() == nil)
        // The next one means it.
        _ = try invalidate(tags: ["t"], sparing: nil)
        #expect(try !has("a"))
    }

    @Test mutating func anotherValueIsNotSpared() throws {
        let earlier = try set("a", "1", ["t"])
        _ = try set("a", "2", ["t"])
        #expect(try invalidate(tags: ["t"], sparing: earlier).count == 1)
        #expect(try !has("a"))
        #expect(try invalidate(tags: ["t"], sparing: earlier).count == 0)
    }

    @Test mutating func whatAnEarlierInvalidationIsToRemoveIsNotSpared() throws {
        let spared = try set("a", "1", ["t", "u"])
        for key in ["b", "c"] { _ = try set(key, "1", ["t"]) }
        let progress = try invalidate(tags: ["t"], sparing: nil, budget: 0)
        #expect(progress.pending != nil)
        _ = try invalidate(tags: ["u"], sparing: spared)
        #expect(try !has("a"))
        #expect(fixture.shard.inconsistency() == nil)
    }
}
