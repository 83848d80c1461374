import Invalidations
import TestSupport
import Testing

/// How long an edge is left alone.
struct EdgeThrottleTests {
    private static let pauses: [(asked: Duration, least: Duration, most: Duration)] = [
        (.milliseconds(1), .milliseconds(100), .milliseconds(110)),
        (.seconds(2), .seconds(2), .milliseconds(2_200)),
        (.seconds(100), .seconds(100), .milliseconds(100_500)),
        (.seconds(100_000), .seconds(3_600), .seconds(3_600)),
        // These say nothing: it is the first pause.
        (.zero, .seconds(1), .milliseconds(1_100)),
        (.seconds(-5), .seconds(1), .milliseconds(1_100)),
    ]

    /// A tenth more than it asked for, and half a second more at most.
    @Test(arguments: pauses)
    func anEdgeGetsThePauseItAsksFor(_ row: (asked: Duration, least: Duration, most: Duration)) {
        var random = SeededGenerator.printed("edge throttle")
        for _ in 0..<100 {
            var throttle = EdgeThrottle()
            throttle.recordThrottling(retryAfter: row.asked, now: 0, using: &random)
            #expect((row.least...row.most).contains(.nanoseconds(throttle.until)), "seed \(random.seed)")
        }
    }

    @Test func pausesDoubleUntilTheEdgeAnswersWell() {
        var random = SeededGenerator.printed("edge throttle")
        var throttle = EdgeThrottle()
        var now: Int64 = 0
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] as [Int64] {
            throttle.recordThrottling(retryAfter: nil, now: now, using: &random)
            let pause = Duration.nanoseconds(throttle.until - now)
            let most = Duration.seconds(seconds) + min(.milliseconds(seconds * 100), .milliseconds(500))
            #expect((.seconds(seconds)...most).contains(pause), "seed \(random.seed)")
            now = throttle.until
        }
        throttle.recordSuccess()
        throttle.recordThrottling(retryAfter: nil, now: now, using: &random)
        #expect(throttle.until - now <= 1_100_000_000, "seed \(random.seed)")
    }

    @Test func aLongerPauseStays() {
        var throttle = EdgeThrottle()
        for (seconds, until) in [(10, 10), (3, 10), (12, 12), (-1, 12), (100_000, 3_600)] as [(Int64, Int64)] {
            throttle.leaveAlone(for: .seconds(seconds), now: 0)
            #expect(throttle.until == until * 1_000_000_000)
        }
    }
}
