import Invalidations
import TestSupport
import Testing

/// Rate limit, concurrency limit and retry budget of one edge.
struct LimitTests {
    private static let second: Int64 = 1_000_000_000

    /// In no stretch of time more passes than a burst and what the rate allows for it; and waiting until `earliest` is
    /// always enough.
    @Test func aRateLimitKeepsItsRate() {
        var random = SeededGenerator.printed("rate limit")
        for _ in 0..<100 {
            let perSecond = Double.random(in: 0.5...1_000, using: &random)
            let burst = Double(Int.random(in: 1...100, using: &random))
            var limit = RateLimit(Rate(perSecond: perSecond, burst: burst))
            let begin: Int64 = .random(in: 0...(1_000 * Self.second), using: &random)
            var now = begin
            var taken = 0.0
            for _ in 0..<100 {
                let cost = Double(Int.random(in: 1...Int(burst), using: &random))
                let time = limit.earliest(cost, now: now)
                #expect(time >= now, "seed \(random.seed)")
                now = time
                #expect(limit.earliest(cost, now: now) == now, "seed \(random.seed): the timer comes too early")
                limit.charge(cost, now: now)
                taken += cost
                let allowed = burst + perSecond * Double(now - begin) / Double(Self.second)
                #expect(taken <= allowed + 1e-3 * allowed + 1e-3, "seed \(random.seed)")
                now += .random(in: 0...(Self.second / 100), using: &random)
            }
        }
    }

    /// Times that would not fit into a number are for ever.
    @Test(arguments: [Double.leastNonzeroMagnitude, 1e-300, 1e-10, 1e-3, 1e12])
    func aRateMayBeAsLowAsItLikes(_ perSecond: Double) {
        let now = 1_000 * Self.second
        var limit = RateLimit(Rate(perSecond: perSecond, burst: 1))
        for share in [1, 1e-6, 1e-300] {
            for cost in [1, 1e6, 1e300] {
                limit.charge(cost, now: now)
                #expect(limit.earliest(cost, now: now) >= now)
                #expect(limit.available(now) <= 1)
            }
            limit.setShare(share)
        }
        #expect(limit.available(now + 3_600 * Self.second) < 1)
    }

    @Test func aShareOfARateLimitIsThatShare() {
        var limit = RateLimit(Rate(perSecond: 100, burst: 100))
        limit.setShare(0.25)
        #expect(limit.available(0) == 25)
        limit.charge(25, now: 0)
        #expect(limit.available(Self.second) == 25)
        #expect(abs(limit.available(Self.second / 2) - 12.5) < 0.001)
    }

    @Test func troubleHalvesConcurrencyOnceForAllThatWasUnderWay() {
        var limit = ConcurrencyLimit(most: 64)
        limit.struggled(startedAt: 10, now: 20)
        #expect(limit.current == 32)
        limit.struggled(startedAt: 15, now: 25)
        #expect(limit.current == 32, "it began before the cut")
        limit.struggled(startedAt: 20, now: 30)
        #expect(limit.current == 16)
        for _ in 0..<10_000 { limit.succeeded() }
        #expect(limit.current == 64)
        for time in 0..<20 { limit.struggled(startedAt: 100 + Int64(time), now: 100 + Int64(time)) }
        #expect(limit.current == 1, "one purge always goes")
    }

    @Test func afterAnOutageConcurrencyGrowsFromOne() {
        var limit = ConcurrencyLimit(most: 8)
        limit.ramp()
        #expect(limit.current == 1)
        for _ in 0..<7 { limit.succeeded() }
        #expect(limit.current == 8)
    }

    @Test func retriesAreAShareOfFirstAttemptsAndAFewASecond() {
        var policy = RetryBudgetPolicy()
        policy.share = 0.5
        policy.perSecond = 1
        var budget = RetryBudget(policy)
        var spent = 0
        while budget.spend(now: 0) { spent += 1 }
        #expect(spent == 10, "what ten seconds save up")
        var answers: [Bool] = []
        budget.firstAttempt()
        answers.append(budget.spend(now: 0))
        budget.firstAttempt()
        answers.append(budget.spend(now: 0))
        answers.append(budget.spend(now: Self.second / 2))
        answers.append(budget.spend(now: Self.second))
        #expect(answers == [false, true, false, true])
    }
}
