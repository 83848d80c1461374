import Basics
import Caches
import Testing

/// What is loaded behind an invalidation before anybody asks.
struct WarmingTests {
    private struct World {
        var fixture: ShardFixture
        var warming: Warming

        init(_ change: (inout WarmingRules) -> Void = { _ in }, keysMax: Int = 1_000) {
            var rules = WarmingRules()
            change(&rules)
            fixture = ShardFixture()
            warming = Warming(rules, keysMax: keysMax, bytesMax: 1 << 20)
        }

        mutating func load(_ key: String, tags: [String], cost: Duration, fresh: Duration = .seconds(60)) throws {
            let address = try fixture.address(key)
            guard case .load(let order) = fixture.shard.read(address, WaiterID(1), fixture.now) else {
                throw CacheInputError.keyIsMissing
            }
            fixture.now = fixture.now + cost
            let value = try CacheValue(Array("1".utf8))
            _ = fixture.shard.finishLoad(
                order.token, .value(value, tags: tags, lifetime: Lifetime(fresh: fresh), origin: nil), fixture.now)
            warming.recordLoad(order, tags: tags, fresh: fresh, fixture.now)
        }

        mutating func read(_ key: String, times: Int) throws {
            for _ in 0..<times { warming.recordRead(try fixture.address(key), fixture.now) }
        }

        mutating func drain() -> [String] {
            var keys: [String] = []
            while true {
                fixture.now = fixture.now + .seconds(1)
                guard warming.queuedCount > 0 else { return keys }
                while let address = warming.next(fixture.now) { keys.append(address.key.description) }
            }
        }
    }

    @Test func theKeysOfMostWorthComeFirstAndColdOnesNot() throws {
        var world = World { $0.keysMax = 2 }
        for key in ["cold", "hot", "dear", "other"] { try world.load(key, tags: ["t"], cost: .milliseconds(100)) }
        try world.load("apart", tags: ["x"], cost: .milliseconds(100))
        try world.load("dearest", tags: ["t"], cost: .seconds(2))
        try world.read("hot", times: 60)
        try world.read("dearest", times: 30)
        try world.read("other", times: 40)
        try world.read("apart", times: 90)
        #expect(world.warming.invalidated(CacheSelectors(tags: ["t"]), world.fixture.now) == 2)
        #expect(world.drain() == ["dearest", "hot"])
        #expect(world.warming.invalidated(CacheSelectors(tags: ["y"]), world.fixture.now) == 0)
        #expect(world.warming.invalidated(CacheSelectors(keys: [try CacheKey("apart")]), world.fixture.now) == 1)
        // A key waits once.
        #expect(world.warming.invalidated(CacheSelectors(everything: true), world.fixture.now) == 2)
        #expect(world.warming.invalidated(CacheSelectors(tags: ["x"]), world.fixture.now) == 0)
    }

    /// Reads of two windows count, and nothing before.
    @Test func whatIsNoLongerReadIsNotLoaded() throws {
        var world = World { $0.window = .seconds(10) }
        try world.load("key", tags: ["t"], cost: .milliseconds(500))
        try world.read("key", times: 100)
        world.fixture.now = world.fixture.now + .seconds(10)
        let address = try world.fixture.address("key")
        let worth = try #require(world.warming.worth(address, world.fixture.now))
        #expect(worth > .seconds(100))
        world.fixture.now = world.fixture.now + .seconds(10)
        #expect(world.warming.worth(address, world.fixture.now) == .zero)
        #expect(world.warming.invalidated(CacheSelectors(tags: ["t"]), world.fixture.now) == 0)
    }

    @Test func loadsDrip() throws {
        var world = World {
            $0.perSecond = 4
            $0.floor = .zero
        }
        for number in 0..<20 {
            try world.load("k\(number)", tags: ["t"], cost: .milliseconds(10))
            try world.read("k\(number)", times: 5)
        }
        #expect(world.warming.invalidated(CacheSelectors(tags: ["t"]), world.fixture.now) == 20)
        var counts: [Int] = []
        for _ in 0..<6 {
            var count = 0
            while world.warming.next(world.fixture.now) != nil { count += 1 }
            counts.append(count)
            world.fixture.now = world.fixture.now + .milliseconds(500)
        }
        #expect(counts == [1, 2, 2, 2, 2, 2])
        // Who comes late makes up for half a second, and no more.
        world.fixture.now = world.fixture.now + .seconds(60)
        var late = 0
        while world.warming.next(world.fixture.now) != nil { late += 1 }
        #expect(late == 3)
    }

    /// The load goes the way of all loads.
    @Test func aLoadBeginsOnlyWhereOneMayBegin() throws {
        var fixture = ShardFixture()
        let address = try fixture.address("key")
        let first = fixture.shard.warm(address, fixture.now)
        let order = try #require(first)
        #expect(fixture.shard.warm(address, fixture.now) == nil, "one is under way")
        guard case .joined = fixture.shard.read(address, WaiterID(1), fixture.now) else {
            Issue.record("a reader does not join")
            return
        }
        _ = fixture.shard.finishLoad(order.token, .failed, fixture.now)
        #expect(fixture.shard.warm(address, fixture.now) == nil, "one has failed a moment ago")
        fixture.now = fixture.now + .seconds(2)
        let later = fixture.shard.warm(address, fixture.now)
        let second = try #require(later)
        _ = try fixture.invalidate(keys: ["key"])
        let value = try CacheValue(Array("1".utf8))
        let lifetime = Lifetime(fresh: .seconds(9))
        let end = fixture.shard.finishLoad(
            second.token, .value(value, tags: [], lifetime: lifetime, origin: nil), fixture.now)
        #expect(end.outcome == .overtaken)
        try fixture.set("key", "2")
        #expect(fixture.shard.warm(address, fixture.now) == nil, "there is an entry")
    }

    /// Seeded: against a list of all that was ever done.
    @Test(arguments: UInt64(1)...40) func theChoiceIsThatOfAPlainList(seed: UInt64) throws {
        var random = SplitMix64(state: seed)
        var world = World {
            $0.window = .seconds(5)
            $0.keysMax = 5
            $0.floor = .milliseconds(300)
        }
        var tagsOf: [String: [String]] = [:]
        var costs: [String: Duration] = [:]
        var reads: [(key: String, window: Int64)] = []
        for number in 0..<30 {
            let key = "k\(number)"
            let tags = ["a", "b", "c"].filter { _ in random.next() & 1 == 0 }
            let cost = Duration.milliseconds(Int(random.next() % 200) + 1)
            try world.load(key, tags: tags, cost: cost)
            (tagsOf[key], costs[key]) = (tags, cost)
        }
        for _ in 0..<400 {
            let key = "k\(random.next() % 30)"
            world.fixture.now = world.fixture.now + .milliseconds(Int(random.next() % 100))
            try world.read(key, times: 1)
            reads.append((key, world.fixture.now.nanoseconds / 5_000_000_000))
        }
        let now = world.fixture.now.nanoseconds
        let window = now / 5_000_000_000
        let passed = Double(now - (window - 1) * 5_000_000_000)
        let expected = tagsOf.filter { $0.value.contains("a") }.keys.compactMap { key -> (String, Int64)? in
            let count = reads.filter { $0.key == key && $0.window >= window - 1 }.count
            let worth = Double(count) * 1e9 / passed * 60 * Double(costs[key]?.nanoseconds ?? 0)
            return worth > 300e6 ? (key, Int64(worth)) : nil
        }.sorted { $0.1 == $1.1 ? $0.0 < $1.0 : $0.1 > $1.1 }.prefix(5).map(\.0)
        #expect(world.warming.invalidated(CacheSelectors(tags: ["a"]), world.fixture.now) == expected.count)
        #expect(world.drain() == expected)
    }

    @Test func whatItKnowsIsBounded() throws {
        var world = World(keysMax: 50)
        for number in 0..<500 {
            try world.load("k\(number)", tags: ["tag-\(number)"], cost: .milliseconds(1))
            try world.read("k0", times: 1)
        }
        #expect(world.warming.knownCount == 50)
        #expect(world.warming.byteCount < 50 * 512)
        #expect(world.warming.worth(try world.fixture.address("k0"), world.fixture.now) != nil, "what is read stays")
        let long = String(repeating: "x", count: 128)
        for number in 0..<50 {
            try world.load("l\(number)", tags: (0..<64).map { "\(long)\($0)" }, cost: .milliseconds(1))
        }
        #expect(world.warming.byteCount <= 1 << 20)
    }
}
