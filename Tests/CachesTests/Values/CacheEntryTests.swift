import Caches
import Testing

/// Entries: what they are good for at which moment, and what headers say of that.
struct CacheEntryTests {
    private func entry(_ lifetime: Lifetime, since: Int64 = 0) throws -> CacheEntry {
        CacheEntry(
            key: try CacheKey("k"), value: try CacheValue(Array("1".utf8)), tags: [],
            since: CacheTime(nanoseconds: since), lifetime: lifetime)
    }

    @Test(
        arguments: [
            (0, .fresh, 0, 10, 10), (9_999, .fresh, 9, 0, 0), (10_000, .stale, 10, 0, 0), (14_999, .stale, 14, 0, -5),
            (15_000, .staleIfError, 15, 0, -5), (39_999, .staleIfError, 39, 0, -30), (40_000, .dead, 40, 0, -30),
        ] as [(Int64, Freshness, Int64, Int64, Int64)])
    func tellsItsAge(_ milliseconds: Int64, _ freshness: Freshness, _ age: Int64, _ maxAge: Int64, _ ttl: Int64) throws
    {
        let entry = try entry(
            Lifetime(fresh: .seconds(10), staleWhileRevalidate: .seconds(5), staleIfError: .seconds(30)))
        let now = CacheTime(nanoseconds: milliseconds * 1_000_000)
        #expect(entry.freshness(now) == freshness)
        #expect(entry.age(now) == age)
        #expect(entry.maxAge(now) == maxAge)
        #expect(entry.statusTTL(now) == ttl)
    }

    @Test func aClockThatGoesBackGivesNoNegativeAge() throws {
        let entry = try entry(Lifetime(fresh: .seconds(1)), since: 5_000_000_000)
        let earlier = CacheTime(nanoseconds: 0)
        #expect(entry.age(earlier) == 0)
        #expect(entry.freshness(earlier) == .fresh)
    }

    @Test func theEndOfTimeIsNoTrap() throws {
        let entry = try entry(Lifetime(fresh: .seconds(9), staleIfError: .seconds(9)), since: .max - 1)
        #expect(entry.deadAt == .never)
        #expect(entry.freshness(CacheTime(nanoseconds: .min)) == .fresh)
        #expect(entry.statusTTL(.never) == 0)
    }
}
