internal import Basics

/// Circuit breaker of one edge: whether the edge is worth asking.
///
/// ```
/// closed ──5 failures in a row, or most of 20 in 10 s──→ open ──pause over, check passed──→ half-open
/// half-open ──success──→ closed (with a ramp)
/// half-open ──failure──→ open (with twice the pause)
/// ```
/// Failures of several namespaces open it. Failures of a single one only make the edge suspect, because its URLs alone
/// may be what fails: then the edge is checked with markers. The pause is a random one between half of it and all of
/// it, so that many workers do not ask at the same moment.
package struct CircuitBreaker {
    package enum State: Equatable {
        case closed
        /// Until that time, on the monotonic clock, nothing is sent.
        case open(until: Int64)
        /// One purge shows whether the edge is back.
        case halfOpen
    }

    package enum Judgement: Equatable {
        case fine
        /// Too many failures, all of one namespace.
        case suspect
        /// Too many failures, of several namespaces.
        case down
    }

    package private(set) var state = State.closed
    private let policy: BreakerPolicy
    private var pause: Int64
    private var row = Failures()
    private var recent = Failures()
    private var successes = 0
    private var windowEnd: Int64 = .min

    /// How many failures there were, and whose.
    private struct Failures {
        var count = 0
        private var namespace = -1
        private(set) var isOfSeveral = false

        mutating func add(_ namespace: Int) {
            if count == 0 { self.namespace = namespace } else if self.namespace != namespace { isOfSeveral = true }
            count += 1
        }
    }

    package init(_ policy: BreakerPolicy) {
        self.policy = policy
        pause = policy.pause.nanoseconds
    }

    package var isClosed: Bool { state == .closed }
    /// Whether requests of more than one namespace failed lately.
    var hasFailuresOfSeveral: Bool { recent.isOfSeveral }

    package mutating func recordSuccess(now: Int64) {
        row = Failures()
        turnWindow(now)
        successes += 1
    }

    /// - Parameter namespace: of the failed batch.
    package mutating func recordFailure(of namespace: Int, now: Int64) -> Judgement {
        turnWindow(now)
        row.add(namespace)
        recent.add(namespace)
        let samples = successes + recent.count
        let isMost = samples >= policy.samplesMin && Double(recent.count) > policy.failureShare * Double(samples)
        if row.count >= policy.failuresInRow && row.isOfSeveral || isMost && recent.isOfSeveral { return .down }
        return row.count >= policy.failuresInRow || isMost ? .suspect : .fine
    }

    /// The edge passed a check: the failures so far were not its own.
    package mutating func forgive() {
        (row, recent, successes) = (Failures(), Failures(), 0)
        windowEnd = .min
    }

    /// From `closed`, or again when a check or the probe failed; then with twice the pause.
    ///
    /// - Returns: when to check it.
    package mutating func open(now: Int64, using random: inout some RandomNumberGenerator) -> Int64 {
        if !isClosed { pause = min(pause * 2, policy.pauseMax.nanoseconds) }
        let until = now + Int64.random(in: (pause / 2)...pause, using: &random)
        state = .open(until: until)
        return until
    }

    /// From `open`, when its pause is over and the edge has passed a check.
    package mutating func halfOpen() {
        guard case .open = state else { preconditionFailure("only an open breaker can be half open") }
        state = .halfOpen
    }

    /// From `halfOpen`.
    package mutating func close() {
        precondition(state == .halfOpen, "a breaker closes when a probe succeeds")
        state = .closed
        pause = policy.pause.nanoseconds
        forgive()
    }

    private mutating func turnWindow(_ now: Int64) {
        guard now >= windowEnd else { return }
        windowEnd = now + policy.window.nanoseconds
        (recent, successes) = (Failures(), 0)
    }
}
