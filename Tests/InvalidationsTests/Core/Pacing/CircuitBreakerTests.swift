import Invalidations
import TestSupport
import Testing

/// Circuit breaker of one edge: what opens it, and what closes it.
struct CircuitBreakerTests {
    private let policy = BreakerPolicy()

    @Test func failuresOfSeveralNamespacesInARowAreAnOutage() {
        var breaker = CircuitBreaker(policy)
        for number in 1..<policy.failuresInRow { #expect(breaker.recordFailure(of: number % 2, now: 0) == .fine) }
        #expect(breaker.recordFailure(of: 0, now: 0) == .down)
    }

    @Test func failuresOfOneNamespaceAreOnlySuspect() {
        var breaker = CircuitBreaker(policy)
        for _ in 1..<policy.failuresInRow { #expect(breaker.recordFailure(of: 7, now: 0) == .fine) }
        #expect(breaker.recordFailure(of: 7, now: 0) == .suspect)
        breaker.forgive()
        #expect(breaker.recordFailure(of: 7, now: 0) == .fine, "a passed check begins the count anew")
    }

    @Test func aSuccessEndsARow() {
        var breaker = CircuitBreaker(policy)
        for _ in 1..<policy.failuresInRow { _ = breaker.recordFailure(of: 1, now: 0) }
        breaker.recordSuccess(now: 0)
        #expect(breaker.recordFailure(of: 2, now: 0) == .fine)
    }

    @Test func mostOfManyIsAnOutageWithoutARow() {
        var breaker = CircuitBreaker(policy)
        var judgement = CircuitBreaker.Judgement.fine
        for number in 0..<30 where judgement != .down {
            judgement = breaker.recordFailure(of: number % 2, now: 0)
            if number % 2 == 1 { breaker.recordSuccess(now: 0) }
        }
        #expect(judgement == .down)
    }

    /// Each failed check doubles the pause, up to the longest; closing begins with the first one again.
    @Test func pausesGrowWhileTheEdgeStaysDown() {
        var random = SeededGenerator.printed("circuit breaker")
        var breaker = CircuitBreaker(policy)
        var longest = policy.pause
        for _ in 0..<10 {
            let pause = Duration.nanoseconds(breaker.open(now: 0, using: &random))
            #expect((longest / 2)...longest ~= pause, "seed \(random.seed)")
            #expect(!breaker.isClosed)
            longest = min(longest * 2, policy.pauseMax)
        }
        breaker.halfOpen()
        #expect(breaker.state == .halfOpen)
        breaker.close()
        #expect(Duration.nanoseconds(breaker.open(now: 0, using: &random)) <= policy.pause)
    }
}
