import Caches
import Testing

/// Lifetimes: what publishers may write, and what comes of it.
struct LifetimeTests {
    @Test(
        arguments: [
            (nil, .seconds(3_600), false), (0, .seconds(3_600), false), (-0.0, .seconds(3_600), false),
            (1.5, .milliseconds(1_500), false), (60, .seconds(60), false), (1e-300, .nanoseconds(1), false),
            (31_536_000, .seconds(31_536_000), false), (31_536_001, .seconds(31_536_000), true),
            (1e300, .seconds(31_536_000), true),
        ] as [(Double?, Duration, Bool)])
    func becomesADuration(_ seconds: Double?, _ expected: Duration, _ isClamped: Bool) throws {
        let lifetime = try Lifetime.fresh(seconds: seconds)
        #expect(lifetime.duration == expected)
        #expect(lifetime.isClamped == isClamped)
    }

    @Test(arguments: [-1, -1e-300, .nan, .infinity, -.infinity] as [Double])
    func refusesWhatIsNoLifetime(_ seconds: Double) {
        #expect(throws: CacheInputError.lifetimeIsNotAllowed("ttl")) { try Lifetime.fresh(seconds: seconds) }
        #expect(throws: CacheInputError.lifetimeIsNotAllowed("staleIfError")) {
            try Lifetime.window(seconds: seconds, field: "staleIfError")
        }
    }

    @Test func aRuleStandsInForNone() throws {
        #expect(try Lifetime.fresh(seconds: 0, rule: .seconds(5)).duration == .seconds(5))
        #expect(try Lifetime.fresh(seconds: 9, rule: .seconds(5)).duration == .seconds(9))
        #expect(try Lifetime.fresh(seconds: 9, max: .seconds(7)) == (.seconds(7), true))
        #expect(try Lifetime.fresh(seconds: nil, rule: .seconds(9), max: .seconds(7)).duration == .seconds(7))
    }

    @Test func windowsAreBounded() throws {
        #expect(try Lifetime.window(seconds: nil, field: "staleIfError") == .zero)
        #expect(try Lifetime.window(seconds: 1e300, field: "staleIfError") == .seconds(31_536_000))
        #expect(Lifetime(fresh: .seconds(-1)).fresh == .zero)
    }
}
