internal import Basics

/// Retry policy: attempts at an edge within one retry round, and the pauses between them.
public struct RetryPolicy: Hashable, Sendable {
    /// Attempts in all, the first included.
    public var attemptsMax: Int
    public var base: Duration
    public var cap: Duration

    public init(attemptsMax: Int = 3, base: Duration = .milliseconds(50), cap: Duration = .seconds(2)) {
        precondition(attemptsMax > 0 && base > .zero && cap >= base, "a retry policy needs attempts and times")
        self.attemptsMax = attemptsMax
        self.base = base
        self.cap = cap
    }

    /// Full jitter: anything from zero to base · 2^(attempts - 1), at most `cap`; never sooner than the edge asked.
    ///
    /// The scheme: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    func pause(
        afterAttempts attempts: Int, retryAfter: Duration?, using random: inout some RandomNumberGenerator
    ) -> Int64 {
        let doublings = min(attempts - 1, 30)
        let ceiling = min(
            cap.nanoseconds, base.nanoseconds.multipliedReportingOverflow(by: 1 << doublings).partialValue)
        let jittered = Int64.random(in: 0...max(ceiling, base.nanoseconds), using: &random)
        // A longer wish than the cap is not waited for here: attempts would pin the request's partition.
        return max(jittered, min(retryAfter?.nanoseconds ?? 0, cap.nanoseconds))
    }
}
