internal import Basics

/// How long an entry is fresh, and what may be done with it afterwards.
public struct Lifetime: Hashable, Sendable {
    public var fresh: Duration
    /// Behind `fresh`: answer with it, and load in the background.
    public var staleWhileRevalidate: Duration
    /// Behind `fresh`: answer with it where a load fails.
    public var staleIfError: Duration

    /// Each is cut to what is allowed.
    public init(fresh: Duration, staleWhileRevalidate: Duration = .zero, staleIfError: Duration = .zero) {
        self.fresh = Self.clamped(fresh)
        self.staleWhileRevalidate = Self.clamped(staleWhileRevalidate)
        self.staleIfError = Self.clamped(staleIfError)
    }

    /// The time to live that a publisher gives in seconds.
    ///
    /// None, null and 0 mean the rule's time. Fractions count, and the smallest positive one is more than nothing.
    public static func fresh(
        seconds: Double?, rule: Duration? = nil, max: Duration = CacheLimits.lifetimeMax
    ) throws(CacheInputError) -> (duration: Duration, isClamped: Bool) {
        let longest = min(max, CacheLimits.lifetimeMax)
        guard let seconds, seconds != 0 else { return (min(rule ?? CacheLimits.lifetimeUsual, longest), false) }
        let duration = try duration(seconds, field: "ttl")
        return duration > longest ? (longest, true) : (duration, false)
    }

    /// Seconds of a stale window; none and null mean the rule's window, or no window.
    public static func window(
        seconds: Double?, rule: Duration? = nil, field: String
    ) throws(CacheInputError) -> Duration {
        guard let seconds else { return clamped(rule ?? .zero) }
        guard seconds != 0 else { return .zero }
        return clamped(try duration(seconds, field: field))
    }

    private static func duration(_ seconds: Double, field: String) throws(CacheInputError) -> Duration {
        guard seconds.isFinite, seconds > 0 else { throw .lifetimeIsNotAllowed(field) }
        // Twice the bound, so that the caller still sees that it was cut.
        let bounded = min(seconds, 2 * CacheLimits.lifetimeMax.secondsAndFraction)
        return .nanoseconds(max(1, Int64(bounded * 1e9)))
    }

    private static func clamped(_ duration: Duration) -> Duration {
        min(max(duration, .zero), CacheLimits.lifetimeMax)
    }
}
