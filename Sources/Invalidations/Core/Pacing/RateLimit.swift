/// Rate limit: how much passes a second, by the generic cell rate algorithm: one time and no counters
/// (ITU-T I.371; https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm). Times are nanoseconds.
package struct RateLimit {
    /// For ever. A rate may be so low that its times would not fit into a number.
    private static let longest = 3e17

    private let rate: Rate
    /// Between two units.
    private var interval: Double
    private var burst: Double
    /// The theoretical arrival time: when the bucket will be full again.
    private var fullAt: Int64 = .min

    package init(_ rate: Rate) {
        self.rate = rate
        interval = Self.interval(rate.perSecond)
        burst = rate.burst
    }

    /// Several workers keep a limit together, each its share of it.
    package mutating func setShare(_ share: Double) {
        guard share > 0 else { return }
        interval = Self.interval(rate.perSecond * share)
        burst = max(1, rate.burst * share)
    }

    /// Units that may pass now. What is more than a burst passes when the bucket is full.
    package func available(_ now: Int64) -> Double {
        fullAt <= now ? burst : burst - Double(fullAt - now) / interval
    }

    /// When so much may pass; not before `now`.
    package func earliest(_ cost: Double, now: Int64) -> Int64 {
        guard fullAt > now else { return now }
        let missing = min(cost, burst) - available(now)
        // Rounded up, or the timer comes a nanosecond early, again and again.
        return missing <= 0 ? now : now + Self.whole((missing * interval).rounded(.up)) + 1
    }

    package mutating func charge(_ cost: Double, now: Int64) {
        fullAt = min(max(fullAt, now) + Self.whole(cost * interval), now + Int64(Self.longest))
    }

    private static func interval(_ perSecond: Double) -> Double { min(longest, 1_000_000_000 / perSecond) }

    private static func whole(_ time: Double) -> Int64 { Int64(min(time, longest)) }
}
