import Caches
import Testing

/// Times: no sum and no difference overflows.
struct CacheTimeTests {
    @Test func sumsAreBounded() {
        let late = CacheTime(nanoseconds: .max - 5)
        #expect(late + .seconds(1) == .never)
        #expect(late + .seconds(Int64.max) == .never)
        #expect(CacheTime(nanoseconds: .min + 5) + .seconds(-1) == CacheTime(nanoseconds: .min))
        #expect(CacheTime(nanoseconds: 1) + .nanoseconds(2) == CacheTime(nanoseconds: 3))
    }

    @Test func differencesAreNeverNegative() {
        #expect(CacheTime(nanoseconds: 5).since(CacheTime(nanoseconds: 9)) == .zero)
        #expect(CacheTime.never.since(CacheTime(nanoseconds: .min)) == .nanoseconds(Int64.max))
        #expect(CacheTime(nanoseconds: 9).since(CacheTime(nanoseconds: 5)) == .nanoseconds(4))
    }
}
