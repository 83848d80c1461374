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
    /// Whole milliseconds within 0 ... Int32.max, rounded up.
    var milliseconds: Int32 {
        let (seconds, attoseconds) = components
        guard seconds < 2_000_000 else { return 2_000_000_000 }
        return max(0, Int32(seconds) * 1_000 + Int32((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }
}
