internal import Basics

/// Edge throttle: until when an edge is left alone, because it asked for it or was asked too much.
package struct EdgeThrottle {
    /// The longest time that an edge can ask to be left alone for.
    private static let longest = Duration.seconds(3600)
    /// The shortest one, whatever the edge asks for: a loop of calls helps nobody.
    private static let shortest = Duration.milliseconds(100)
    /// The pause after an answer that says it was too much, but not for how long; doubled each time in a row.
    private static let pauseMin = Duration.seconds(1)
    private static let pauseMax = Duration.seconds(60)
    /// Workers that were throttled together must not come back together: so much is added at most.
    private static let jitterMax = Duration.milliseconds(500)

    /// Nothing is sent before, on the monotonic clock.
    package private(set) var until: Int64 = .min
    /// Answers in a row that said it was too much.
    private var inRow = 0

    package init() {}

    package mutating func recordSuccess() { inRow = 0 }

    /// The edge said that it was too much.
    ///
    /// - Parameter retryAfter: how long it asked to be left alone, if it did.
    package mutating func recordThrottling(
        retryAfter: Duration?, now: Int64, using random: inout some RandomNumberGenerator
    ) {
        inRow += 1
        let doubled = Self.pauseMin * Double(1 << min(inRow - 1, 10))
        // Zero, or a time that is past, says nothing.
        let asked = retryAfter.flatMap { $0 > .zero ? max($0, Self.shortest) : nil }
        let pause =
            asked ?? min(doubled, Self.pauseMax)
        let jitter = min(pause.nanoseconds / 10, Self.jitterMax.nanoseconds)
        leaveAlone(
            for: pause + .nanoseconds(jitter > 0 ? Int64.random(in: 0...jitter, using: &random) : 0), now: now)
    }

    /// The edge asked for a pause. A longer one that it asked for before stays.
    package mutating func leaveAlone(for pause: Duration, now: Int64) {
        until = max(until, now + min(max(pause, .zero), Self.longest).nanoseconds)
    }
}
