/// Edge health: whether an edge is known to purge, or since when it is down.
///
/// ```
/// unproven ──success──→ up ──breaker opens──→ down ──probe succeeds──→ up
///     └────breaker opens────────────────────────↑
/// ```
/// It owns the circuit breaker: the edge is down exactly while its breaker is not closed.
package struct EdgeHealth {
    package enum State: Equatable {
        /// Since the start, nothing has shown that it purges.
        case unproven
        /// It is known to purge since then: what was deferred before need not wait any longer.
        case up(since: Timestamp)
        /// Since that time on the monotonic clock. The probe is the only part that may be sent while the breaker is
        /// half open.
        case down(since: Int64, probe: PartKey?)
    }

    /// What a success shows.
    package enum Recovery: Equatable {
        case nothingNew
        /// The edge purges, which was not known before.
        case proven
        /// It was down: the probe has closed the breaker.
        case closed
    }

    package private(set) var state = State.unproven
    package private(set) var breaker: CircuitBreaker
    /// When it was last found well, whatever came since.
    private var recoveredAt: Timestamp?
    /// The earliest retry record of an open breaker that was read and is from later than that: an outage may be older
    /// than this worker.
    private var deferredSince: Timestamp?

    package init(_ policy: BreakerPolicy) {
        breaker = CircuitBreaker(policy)
    }

    package var upSince: Timestamp? {
        if case .up(let since) = state { return since }
        return nil
    }

    package var probe: PartKey? {
        if case .down(_, let probe) = state { return probe }
        return nil
    }

    // MARK: - Outcomes

    package mutating func recordSuccess(isProbe: Bool, now: Instant) -> Recovery {
        breaker.recordSuccess(now: now.monotonic)
        let isClosing = isProbe && breaker.state == .halfOpen
        if isClosing { breaker.close() }
        guard breaker.isClosed else { return .nothingNew }
        // Whatever was deferred until now tells of an outage that is over.
        (recoveredAt, deferredSince) = (now.wall, nil)
        guard isClosing || upSince == nil else { return .nothingNew }
        state = .up(since: now.wall)
        checkState()
        return isClosing ? .closed : .proven
    }

    /// - Parameter namespace: of the failed batch.
    package mutating func recordFailure(of namespace: Int, now: Int64) -> CircuitBreaker.Judgement {
        breaker.recordFailure(of: namespace, now: now)
    }

    /// The edge passed a check: the failures so far were not its own.
    package mutating func passCheck() {
        if breaker.isClosed { breaker.forgive() }
    }

    /// The edge passed a check, so an open breaker whose pause is over lets a probe pass.
    ///
    /// - Returns: whether the breaker is half open now, and was not before.
    package mutating func letProbePass(now: Int64) -> Bool {
        guard case .open(let until) = breaker.state, until <= now else { return false }
        breaker.halfOpen()
        return true
    }

    /// The edge takes what it refused before: what was deferred until now need not wait.
    package mutating func acceptMore(at now: Timestamp) {
        precondition(breaker.isClosed, "an edge that is down takes nothing")
        state = .up(since: now)
    }

    // MARK: - Down

    /// Whether a failure would say nothing new: it was under way when the breaker opened.
    ///
    /// - Parameter isProof: what failed was to show how the edge is, a check or a probe.
    package func isOldNews(isProof: Bool) -> Bool { !isProof && !breaker.isClosed }

    /// The breaker opens, or opens again.
    ///
    /// - Returns: until when.
    package mutating func trip(now: Int64, using random: inout some RandomNumberGenerator) -> Int64 {
        let until = breaker.open(now: now, using: &random)
        if case .down(let since, _) = state {
            state = .down(since: since, probe: nil)
        } else {
            state = .down(since: now, probe: nil)
        }
        checkState()
        return until
    }

    package mutating func setProbe(_ part: PartKey) {
        guard case .down(let since, _) = state, breaker.state == .halfOpen else {
            preconditionFailure("only a half-open breaker lets a probe pass")
        }
        state = .down(since: since, probe: part)
    }

    /// A retry record was read that an open breaker deferred then, here or at another worker.
    package mutating func recordOutage(at deferredAt: Timestamp) {
        if let recoveredAt, deferredAt <= recoveredAt { return }
        deferredSince = min(deferredSince ?? deferredAt, deferredAt)
    }

    /// How long the edge has been down, in milliseconds; nil while it is not.
    package func outage(now: Instant) -> Int64? {
        guard case .down(let since, _) = state else { return nil }
        let own = (now.monotonic - since) / 1_000_000
        guard let deferredSince else { return own }
        return max(own, now.wall.milliseconds - deferredSince.milliseconds)
    }

    private func checkState() {
        if case .down = state {
            precondition(!breaker.isClosed, "an edge is down and its breaker closed")
        } else {
            precondition(breaker.isClosed, "an edge is not down and its breaker not closed")
        }
    }
}
