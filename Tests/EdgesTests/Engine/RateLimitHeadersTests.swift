import Edges
import HTTP
import Invalidations
import Testing

/// Tests of rate-limit headers.
@Suite struct RateLimitHeadersTests {
    private static let now = Timestamp(milliseconds: 1_795_341_600_500)

    private func pause(_ fields: [(String, String)]) -> Duration? {
        RateLimitHeaders.pause(HTTPHeaders(fields.map { (name: $0.0, value: $0.1) }), now: Self.now)
    }

    /// `RateLimit` as today's draft and an earlier one write it.
    @Test(arguments: [
        (#""default";r=0;t=30"#, 30), (#"default;r=0;t=30"#, 30), (#""default"; r=0 ; t=30"#, 30),
        (#""default";t=30;r=0"#, 30), (#""default";r=0;pk=:cmF0ZQ==:;t=7"#, 7), (#""default";r=1;t=30"#, nil),
        (#""default";r=0"#, nil), (#""default";t=30"#, nil), (#""default";r=0;t=0"#, nil),
        (#""minute";r=5;t=3, "hour";r=0;t=900"#, 900), (#""a";r=0;t=3, "b";r=0;t=9, "c";r=0;t=5"#, 9),
        (#""a;r=0;t=5, b";r=1;t=3"#, nil), (#""a\";r=0;t=5, b";r=0;t=3"#, 3), (#""a;r=0;t=5"#, nil),
        ("limit=100, remaining=0, reset=30", 30), ("limit=100, remaining=7, reset=30", nil), ("remaining=0", nil),
        ("", nil), (",;,;=", nil), ("r=0;t=30", nil),
    ])
    func policies(_ value: String, _ seconds: Int?) {
        #expect(pause([("RateLimit", value)]) == seconds.map { .seconds($0) })
        #expect(pause([("ratelimit", value)]) == seconds.map { .seconds($0) })
    }

    @Test(arguments: [
        ("RateLimit-Remaining", "RateLimit-Reset"), ("X-RateLimit-Remaining", "X-RateLimit-Reset"),
        ("x-ratelimit-remaining", "x-ratelimit-reset"),
        ("X-Ratelimit-Remaining", "X-Ratelimit-Seconds-To-Refresh-Limit"),
        ("X-Ratelimit-Remaining-Objects", "X-Ratelimit-Seconds-To-Refresh-Limit-Objects"),
    ])
    func pairs(_ remaining: String, _ reset: String) {
        #expect(pause([(remaining, "0"), (reset, "30")]) == .seconds(30))
        #expect(pause([(reset, " 30 "), (remaining, "-4")]) == .seconds(30))
        #expect(pause([(remaining, "1"), (reset, "30")]) == nil)
        #expect(pause([(remaining, "0")]) == nil && pause([(reset, "30")]) == nil)
    }

    @Test func halvesOfDifferentPairsMakeNoWhole() {
        #expect(pause([("RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "30")]) == nil)
        #expect(
            pause([("X-Ratelimit-Remaining", "0"), ("X-Ratelimit-Seconds-To-Refresh-Limit-Objects", "30")]) == nil)
    }

    @Test func ofSeveralTheLongestCounts() {
        let fields = [
            ("RateLimit", #""a";r=0;t=5"#), ("RateLimit", #""b";r=0;t=7"#), ("X-Ratelimit-Remaining", "0"),
            ("X-Ratelimit-Seconds-To-Refresh-Limit", "9"), ("X-Ratelimit-Remaining-Objects", "100"),
            ("X-Ratelimit-Seconds-To-Refresh-Limit-Objects", "600"),
        ]
        #expect(pause(fields) == .seconds(9))
        #expect(pause(Array(fields.prefix(2))) == .seconds(7))
    }

    /// Seconds, or a time of day; what nobody can mean is ignored, what is much is bounded.
    @Test(arguments: [
        ("1", 1_000), ("0.5", 500), ("3600", 3_600_000), ("3601", 3_600_000), ("86400", 3_600_000), ("86401", nil),
        ("0", nil), ("-5", nil), ("999999999", nil), ("1795341601", 500), ("1795341660", 59_500),
        ("1795349999", 3_600_000), ("1795341600", nil), ("1795341000", nil), ("1795500000", nil),
        ("1795341660000", nil), ("99999999999999999999", nil), ("999999999999999999999", nil), ("1e2", nil),
        ("inf", nil), ("nan", nil), ("0x10", nil), ("+5", nil), ("1.2.3", nil), ("1-2", nil), (".", nil), ("-", nil),
        ("Sat, 28 Nov 2026 10:00:30 GMT", nil), ("", nil), ("soon", nil), ("٣٠", nil), ("30, 40", nil),
        ("30\u{0}", nil),
    ])
    func resets(_ value: String, _ milliseconds: Int?) {
        #expect(
            pause([("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", value)])
                == milliseconds.map { .milliseconds($0) })
    }

    @Test(arguments: ["", "none", "1e-5", "0x0", "nan", "𝟎", "0;w=1"])
    func whatIsNoNumberIsNoBudget(_ value: String) {
        #expect(pause([("RateLimit-Remaining", value), ("RateLimit-Reset", "30")]) == nil)
    }
}
