internal import Basics

/// A moment on the monotonic clock, for calls of the C library that take milliseconds.
struct Deadline {
    private let end: ContinuousClock.Instant

    init(_ duration: Duration) {
        end = ContinuousClock.now + duration
    }

    var hasPassed: Bool { ContinuousClock.now >= end }

    /// At least 0, rounded up.
    var millisecondsLeft: Int32 { (end - ContinuousClock.now).milliseconds }
}

extension Duration {
    /// Whole milliseconds within 0 ... 2,000,000,000, rounded up.
    var milliseconds: Int32 {
        Int32(max(0, min(millisecondsRoundedUp, 2_000_000_000)))
    }
}
