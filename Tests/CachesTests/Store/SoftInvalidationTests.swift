import Caches
import TestSupport
import Testing

/// Soft invalidations: what may be served stale stays, with the same guarantees.
struct SoftInvalidationTests {
    private var fixture = ShardFixture()

    private mutating func set(_ key: String, _ tags: [String], stale: Int) throws {
        _ = fixture.shard.set(
            try fixture.address(key), try CacheValue(Array("1".utf8)), tags: tags,
            lifetime: Lifetime(fresh: .seconds(60), staleWhileRevalidate: .seconds(stale)), fixture.now)
    }

    private mutating func invalidate(
        keys: [String] = [], tags: [String] = [], everything: Bool = false, isSoft: Bool = true, budget: Int = 2_000
    ) throws -> SweepProgress {
        let addresses = try keys.map { try fixture.address($0) }
        return fixture.shard.invalidate(
            CacheSelectors(keys: addresses.map(\.key), tags: tags, everything: everything), addresses,
            in: fixture.first, isSoft: isSoft, fixture.now, budget: budget)
    }

    private mutating func freshness(_ key: String) throws -> Freshness? {
        guard case .found(_, let freshness) = fixture.shard.lookup(try fixture.address(key), fixture.now) else {
            return nil
        }
        return freshness
    }

    @Test mutating func entriesWithAWindowAreStale() throws {
        for selector in ["key", "tag", "everything"] {
            try set("a", ["t"], stale: 30)
            try set("b", ["t"], stale: 0)
            let progress =
                switch selector {
                case "key": try invalidate(keys: ["a", "b"])
                case "tag": try invalidate(tags: ["t"])
                default: try invalidate(everything: true)
                }
            #expect(progress == SweepProgress(count: 2))
            #expect(try freshness("a") == .stale)
            #expect(try freshness("b") == nil)
            #expect(fixture.shard.inconsistency() == nil)
        }
        // The window begins with the invalidation, and a second one does not begin it anew.
        fixture.now = fixture.now + .seconds(20)
        #expect(try invalidate(tags: ["t"]).count == 1)
        fixture.now = fixture.now + .seconds(9)
        #expect(try freshness("a") == .stale)
        fixture.now = fixture.now + .seconds(1)
        #expect(try freshness("a") == nil)
    }

    @Test mutating func aHardInvalidationWinsOverASoftOneAtWork() throws {
        for key in 0..<10 { try set("k\(key)", ["soft", "hard"], stale: 30) }
        let soft = try invalidate(tags: ["soft"], budget: 3)
        #expect(soft.pending != nil)
        #expect(try freshness("k0") == .stale)
        // Not reached yet: a miss, and no fresh entry.
        #expect(try freshness("k9") == nil)
        let hard = try invalidate(tags: ["hard"], isSoft: false, budget: 0)
        let number = try #require(hard.pending)
        for key in 0..<10 { #expect(try freshness("k\(key)") == nil) }
        let softEnd = fixture.shard.continueSweep(try #require(soft.pending))
        for key in 0..<10 { #expect(try freshness("k\(key)") == nil) }
        let hardEnd = fixture.shard.continueSweep(number)
        // Each stale entry counts for the second, and each other one for the first.
        #expect(softEnd == SweepProgress(count: 10))
        #expect(hardEnd == SweepProgress(count: 3))
        #expect(fixture.shard.count == 0)
        #expect(fixture.shard.inconsistency() == nil)
    }

    @Test mutating func fillsFromBeforeAreOvertaken() throws {
        let address = try fixture.address("a")
        guard case .won(let token, _) = fixture.shard.acquireLease(address, fixture.now) else {
            Issue.record("no lease")
            return
        }
        _ = try invalidate(tags: ["t"])
        let end = fixture.shard.finishLease(
            token, address, try CacheValue([0x31]), tags: ["t"], lifetime: Lifetime(fresh: .seconds(9)), fixture.now)
        #expect(end.end == .void)
    }

    /// Random mixes of soft and hard invalidations in pieces: a key is never fresher than its last write allows, what
    /// was removed does not come back, and everything agrees with itself.
    @Test mutating func piecesOfManyInvalidationsAgree() throws {
        var random = SeededGenerator.printed("soft invalidations")
        var pending: [UInt64] = []
        // What each key must be at most: absent, stale or fresh.
        var most: [String: Int] = [:]
        var tagsOf: [String: [String]] = [:]
        for step in 0..<20_000 {
            let key = "k\(Int.random(in: 0..<40, using: &random))"
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                let tags = (0..<3).map { "t\($0)" }.filter { _ in Bool.random(using: &random) }
                try set(key, tags, stale: Bool.random(using: &random) ? 1_000_000 : 0)
                (most[key], tagsOf[key]) = (2, tags)
            case 4, 5:
                let tag = "t\(Int.random(in: 0..<3, using: &random))"
                let isSoft = Bool.random(using: &random)
                let progress = try invalidate(
                    tags: [tag], isSoft: isSoft, budget: Int.random(in: 0...5, using: &random))
                if let number = progress.pending { pending.append(number) }
                for (key, tags) in tagsOf where tags.contains(tag) { most[key] = min(most[key] ?? 0, isSoft ? 1 : 0) }
            case 6:
                let isSoft = Bool.random(using: &random)
                _ = try invalidate(keys: [key], isSoft: isSoft)
                most[key] = min(most[key] ?? 0, isSoft ? 1 : 0)
            case 7 where !pending.isEmpty:
                let index = Int.random(in: 0..<pending.count, using: &random)
                if fixture.shard.continueSweep(pending[index], budget: 2).pending == nil { pending.remove(at: index) }
            default:
                let rank = try freshness(key).map { $0 == .fresh ? 2 : 1 } ?? 0
                #expect(rank <= most[key] ?? 0, "step \(step): \(key)")
            }
            if step % 97 == 0 { #expect(fixture.shard.inconsistency() == nil) }
        }
        for number in pending { while fixture.shard.continueSweep(number).pending != nil {} }
        for key in tagsOf.keys {
            let rank = try freshness(key).map { $0 == .fresh ? 2 : 1 } ?? 0
            #expect(rank <= most[key] ?? 0)
        }
        #expect(fixture.shard.inconsistency() == nil)
    }
}
