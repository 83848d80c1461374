import Caches
import Invalidations
import Testing

/// Copies of other nodes' hot entries. Races are in `RaceTests`.
struct MirrorStoreTests {
    private struct Fixture {
        let mirrors = MirrorStore(limit: 1 << 20, seed: (1, 2), namespacesMax: 8)
        var rules = MirrorRules()
        var now = CacheTime(nanoseconds: 10_000_000_000)
        let key: CacheKey

        init() throws { key = try CacheKey("hot") }

        mutating func find(isExact: Bool = false) -> MirrorStore.Finding {
            mirrors.find(.default, key, rules, isExact: isExact, now)
        }

        /// Reads until a mirror begins, once those that were begun before are over.
        mutating func begin() throws -> MirrorStart {
            now = now + .seconds(1)
            mirrors.expire(now)
            for _ in 0..<100 {
                if case .begin(let start) = find() { return start }
            }
            throw CacheInputError.keyIsMissing
        }

        func finish(_ start: MirrorStart, age: Int = 0, fresh: Int = 60) throws -> Bool {
            mirrors.finish(
                start, try CacheValue(Array("1".utf8)), tags: ["t"], age: .seconds(age), fresh: .seconds(fresh), now)
        }

        mutating func entry() -> CacheEntry? {
            guard case .mirror(let entry) = find() else { return nil }
            return entry
        }
    }

    @Test func onlyWhatIsReadOftenIsMirrored() throws {
        var fixture = try Fixture()
        for _ in 0..<10 {
            guard case .pass = fixture.find() else { throw CacheInputError.keyIsMissing }
        }
        guard case .begin = fixture.find() else { throw CacheInputError.keyIsMissing }
        // One request is on its way: others go to the owner.
        guard case .pass = fixture.find() else { throw CacheInputError.keyIsMissing }
        // Ten reads in each of many seconds are not more than ten.
        var slow = try Fixture()
        for _ in 0..<20 {
            slow.now = slow.now + .seconds(1)
            for _ in 0..<10 {
                guard case .pass = slow.find() else { throw CacheInputError.keyIsMissing }
            }
        }
    }

    @Test func aMirrorLivesForItsTimeAndNoLonger() throws {
        var fixture = try Fixture()
        let start = try fixture.begin()
        fixture.now = fixture.now + .milliseconds(200)
        #expect(try fixture.finish(start, age: 7))
        let found = fixture.entry()
        let entry = try #require(found)
        #expect(entry.age(fixture.now) == 7 && entry.tags == ["t"])
        // It counts from the moment when the owner was asked.
        fixture.now = fixture.now + .milliseconds(799)
        let older = fixture.entry()
        #expect(older?.age(fixture.now) == 7)
        fixture.now = fixture.now + .milliseconds(1)
        #expect(fixture.entry() == nil)
        // What the owner has for a shorter time is mirrored for that time, and what is stale there not at all.
        fixture.mirrors.expire(fixture.now)
        let stale = try fixture.begin()
        #expect(try !fixture.finish(stale, fresh: 0))
    }

    @Test func whatWasInvalidatedMeanwhileIsNotKept() throws {
        let meant: [CacheSelectors] = [
            CacheSelectors(keys: [try CacheKey("hot")]), CacheSelectors(tags: ["t"]), CacheSelectors(everything: true),
        ]
        for selectors in meant {
            var fixture = try Fixture()
            let start = try fixture.begin()
            fixture.mirrors.invalidate(selectors, in: .default, isOrdered: true, fixture.now)
            #expect(try !fixture.finish(start))
            #expect(fixture.entry() == nil)
            let next = try fixture.begin()
            #expect(try fixture.finish(next))
            fixture.mirrors.invalidate(selectors, in: .default, isOrdered: true, fixture.now)
            #expect(fixture.entry() == nil)
        }
        var written = try Fixture()
        let start = try written.begin()
        written.mirrors.drop(written.key, in: .default, written.now)
        #expect(try !written.finish(start))
    }

    /// Other nodes hear of it later, so what they say meanwhile may be from before.
    @Test func nothingBeginsBehindAClientsInvalidation() throws {
        var fixture = try Fixture()
        fixture.mirrors.invalidate(CacheSelectors(tags: ["x"]), in: .default, isOrdered: false, fixture.now)
        for _ in 0..<50 {
            guard case .pass = fixture.find() else { throw CacheInputError.keyIsMissing }
        }
        fixture.now = fixture.now + .seconds(5)
        fixture.mirrors.expire(fixture.now)
        _ = try fixture.begin()
    }

    /// More namespaces than are known by name pause all.
    @Test func pausesAreBounded() throws {
        var fixture = try Fixture()
        for number in 0..<20 {
            let namespace = try #require(Namespace("n\(number)"))
            fixture.mirrors.invalidate(CacheSelectors(everything: true), in: namespace, isOrdered: false, fixture.now)
        }
        for _ in 0..<50 {
            guard case .pass = fixture.find() else { throw CacheInputError.keyIsMissing }
        }
        fixture.now = fixture.now + .seconds(5)
        fixture.mirrors.expire(fixture.now)
        _ = try fixture.begin()
    }

    @Test func exactReadersGoToTheOwner() throws {
        var fixture = try Fixture()
        let start = try fixture.begin()
        #expect(try fixture.finish(start))
        guard case .pass = fixture.find(isExact: true) else { throw CacheInputError.keyIsMissing }
        #expect(fixture.entry() != nil)
        fixture.mirrors.forgetEverything(fixture.now)
        #expect(fixture.entry() == nil && fixture.mirrors.count == 0)
    }

    /// However many keys there are: none counts for more than it was read.
    @Test func theTableOfHotKeysIsBoundedAndNeverTooHigh() throws {
        let mirrors = MirrorStore(limit: 1 << 20, seed: (3, 4), namespacesMax: 8)
        let now = CacheTime(nanoseconds: 1)
        let bytes = mirrors.byteCount
        for number in 0..<100_000 {
            let key = try CacheKey("k\(number % 50_000)")
            guard case .pass = mirrors.find(.default, key, MirrorRules(), isExact: false, now) else {
                Issue.record("a key that was read twice counts as hot")
                return
            }
        }
        #expect(mirrors.byteCount <= bytes + 65_536 && mirrors.byteCount <= mirrors.limit)
        // A hot key is found among the many.
        let hot = try CacheKey("hot")
        let began = (0..<40).contains { _ in
            if case .begin = mirrors.find(.default, hot, MirrorRules(), isExact: false, now) { true } else { false }
        }
        #expect(began)
    }
}
