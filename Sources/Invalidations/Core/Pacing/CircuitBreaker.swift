/// Whether an edge is worth asking.
///
/// ```
/// closed ──5 failures in a row, or most of 20 in 10 s──→ open ──pause over──→ half-open ──success──→ closed
///    ↑                                                    ↑                       │
///    └──────────────── (with a ramp) ─────────────────────└────── failure ────────┘  (twice the pause)
/// ```
/// The pause is drawn between half of it and all of it, so that many workers do not ask at the same moment.
struct CircuitBreaker {
    enum State: Equatable {
        case closed
        /// Until that time, on the monotonic clock, nothing is sent.
        case open(until: Int64)
        /// One purge shows whether the edge is back.
        case halfOpen
    }

    private(set) var state = State.closed
    private let policy: BreakerPolicy
    private var pause: Int64
    private var inRow = 0
    private var successes = 0
    private var failures = 0
    private var windowEnd: Int64 = .min

    init(_ policy: BreakerPolicy) {
        self.policy = policy
        pause = policy.pause.nanoseconds
    }

    var isClosed: Bool { state == .closed }

    mutating func succeeded(now: Int64) {
        inRow = 0
        turnWindow(now)
        successes += 1
    }

    /// - Returns: whether that was one too many.
    mutating func failed(now: Int64) -> Bool {
        inRow += 1
        turnWindow(now)
        failures += 1
        let samples = successes + failures
        let isMost = samples >= policy.samplesMin && Double(failures) > policy.failureShare * Double(samples)
        return inRow >= policy.failuresInRow || isMost
    }

    /// From `closed`, or from `halfOpen` when the probe failed.
    ///
    /// - Returns: when to probe.
    mutating func open(now: Int64, using random: inout some RandomNumberGenerator) -> Int64 {
        if state == .halfOpen { pause = min(pause * 2, policy.pauseMax.nanoseconds) }
        let until = now + Int64.random(in: (pause / 2)...pause, using: &random)
        state = .open(until: until)
        return until
    }

    /// From `open`, when its pause is over.
    mutating func halfOpen() {
        guard case .open = state else { preconditionFailure("only an open breaker can be half open") }
        state = .halfOpen
    }

    /// From `halfOpen`.
    mutating func close() {
        precondition(state == .halfOpen, "a breaker closes when a probe succeeds")
        state = .closed
        pause = policy.pause.nanoseconds
        (inRow, successes, failures) = (0, 0, 0)
        windowEnd = .min
    }

    private mutating func turnWindow(_ now: Int64) {
        guard now >= windowEnd else { return }
        windowEnd = now + policy.window.nanoseconds
        (successes, failures) = (0, 0)
    }
}
