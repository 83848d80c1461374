import Caches
import Testing

/// A shard: values, tags, namespaces and counts.
struct ShardTests {
    @Test func aNewerValueReplacesTheOlder() throws {
        var fixture = ShardFixture()
        try fixture.set("k", "1", ["a", "b"])
        try fixture.set("k", "2", ["b"])
        #expect(try fixture.value("k") == "2")
        #expect(fixture.shard.count == 1)
        #expect(try fixture.invalidate(tags: ["a"]) == SweepProgress(count: 0))
        #expect(try fixture.invalidate(tags: ["b"]) == SweepProgress(count: 1))
        #expect(try fixture.value("k") == nil)
    }

    @Test func namespacesDoNotMeet() throws {
        var fixture = ShardFixture()
        try fixture.set("k", "1", ["t"])
        try fixture.set("k", "2", ["t"], in: fixture.second)
        #expect(try fixture.invalidate(tags: ["t"], everything: true).count == 1)
        #expect(try fixture.value("k", in: fixture.second) == "2")
    }

    /// `a` + `b/c` is not `a/b` + `c`.
    @Test func nothingIsGluedTogether() throws {
        let fixture = ShardFixture()
        #expect(try fixture.address("k", fixture.first) != fixture.address("k", fixture.second))
    }

    @Test func countsAreOfDistinctEntries() throws {
        var fixture = ShardFixture()
        for number in 0..<10 { try fixture.set("k\(number)", "v", ["a", number < 5 ? "b" : "c"]) }
        #expect(try fixture.invalidate(keys: ["k0", "k0", "none"], tags: ["b", "a", "b", "none"]).count == 10)
        #expect(fixture.shard.inconsistency() == nil)
    }

    @Test func theDeadDoNotCount() throws {
        var fixture = ShardFixture()
        try fixture.set("dead", "v", ["t"], seconds: 1)
        try fixture.set("alive", "v", ["t"], seconds: 9)
        fixture.now = fixture.now + .seconds(5)
        #expect(try fixture.invalidate(tags: ["t"]).count == 1)
        #expect(try fixture.shard.delete(fixture.address("dead"), fixture.now) == false)
    }

    @Test func aSweepHidesFirstAndCountsAll() throws {
        var fixture = ShardFixture()
        for number in 0..<100 { try fixture.set("k\(number)", "v", ["t"]) }
        let progress = try fixture.invalidate(tags: ["t"], budget: 10)
        #expect(progress.count == 10)
        let number = try #require(progress.pending)
        #expect(try fixture.value("k99") == nil)
        // What leaves otherwise meanwhile counts as well; what comes meanwhile stays.
        try fixture.set("k98", "new", ["t"])
        #expect(try fixture.shard.delete(fixture.address("k97"), fixture.now) == false)
        #expect(try fixture.invalidate(tags: ["t"], budget: 0).count == 0)
        #expect(try fixture.invalidate(keys: ["k96"]).count == 0)
        #expect(fixture.shard.continueSweep(number, budget: 1_000) == SweepProgress(count: 100))
        #expect(fixture.shard.inconsistency() == nil)
    }

    @Test func manySweepsAtATimeAreBounded() throws {
        var fixture = ShardFixture()
        for number in 0..<100 { try fixture.set("k\(number)", "v", ["t\(number)"]) }
        var pending: [UInt64] = []
        for number in 0..<40 {
            if let sweep = try fixture.invalidate(tags: ["t\(number)"], budget: 0).pending { pending.append(sweep) }
        }
        #expect(pending.map { fixture.shard.continueSweep($0).count } == Array(repeating: 1, count: 40))
        #expect(fixture.shard.count == 60)
    }

    @Test func aPrefixMeansURLs() throws {
        var fixture = ShardFixture()
        for url in ["https://a.example/x/1", "https://a.example/x/2", "https://a.example/y"] {
            try fixture.set(try #require(URLKey.keys(url: url).first).description, "v")
        }
        try fixture.set("https://a.example/x/plain", "v")
        #expect(try fixture.invalidate(prefixes: URLKey.prefixes(url: "https://a.example/x/")).count == 2)
        #expect(fixture.shard.count == 2)
    }

    @Test func whatIsTooLargeIsNotKeptNorWhatItReplaces() throws {
        var fixture = ShardFixture(limit: 64 << 10)
        try fixture.set("k", "old")
        #expect(try !fixture.set("k", String(repeating: "v", count: 9_000)))
        #expect(try fixture.value("k") == nil)
    }

    @Test func anUnknownNamespaceHasNothing() throws {
        var fixture = ShardFixture()
        let unknown = NamespaceNumber(value: 77)
        #expect(try !fixture.set("k", "v", in: unknown))
        #expect(try fixture.value("k", in: unknown) == nil)
        #expect(fixture.shard.invalidate(CacheSelectors(everything: true), [], in: unknown, fixture.now).count == 0)
        guard case .refused = fixture.shard.read(try fixture.address("k", unknown), WaiterID(1), fixture.now) else {
            Issue.record("a load began for a namespace that nobody knows")
            return
        }
    }
}
