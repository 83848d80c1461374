internal import Basics

/// Edge runtime: what one edge may be sent now, and what is deferred for it.
///
/// Its parts keep their own rules: health and breaker, throttling, checks, limits, and the search for its backlog. It
/// alone counts the delayed parts and sets the edge's timer.
package struct EdgeRuntime {
    package let profile: EdgeProfile
    /// Its name in reports, and that of its second purge.
    let name: String
    let repeatName: String
    let lingers: Bool

    private var health: EdgeHealth
    private var throttle = EdgeThrottle()
    private(set) var checks = EdgeChecks()
    private var backlog = BacklogSearch()
    private(set) var limits: PaceLimits
    private(set) var sent = SentTotals()
    private var concurrency: ConcurrencyLimit
    private var budget: RetryBudget
    /// Of replays: they take nothing from live traffic's.
    private var replayBudget: RetryBudget

    /// Parts of it that are delayed.
    package private(set) var delayed = 0
    /// Of those, the ones whose time has come while there was no capacity.
    private var waitingForCapacity = RingBuffer<PartKey>()
    /// The place of the record that was last sent as a probe: the next probe is another one.
    package private(set) var lastProbe = -1
    /// When the next timer for it is due; nil for none.
    private var wakesAt: Int64?

    package init(_ profile: EdgeProfile, settings: WorkerSettings) {
        self.profile = profile
        name = PurgeStep.first.name(of: profile.name)
        repeatName = PurgeStep.second.name(of: profile.name)
        lingers = profile.linger > .zero
        health = EdgeHealth(settings.breaker)
        limits = PaceLimits(profile.limits)
        concurrency = ConcurrencyLimit(most: profile.concurrencyMax)
        budget = RetryBudget(settings.retryBudget)
        replayBudget = budget
    }

    // MARK: - How it is

    var breakerState: CircuitBreaker.State { health.breaker.state }
    /// Whether its circuit breaker is closed.
    var isClosed: Bool { health.breaker.isClosed }
    /// Since when it is known to purge; nil while it is not.
    var upSince: Timestamp? { health.upSince }
    /// The only part that may be sent while the breaker is half open.
    var probe: PartKey? { health.probe }

    /// How long it has been down, in milliseconds; nil while it is not.
    func outage(now: Instant) -> Int64? { health.outage(now: now) }

    func isThrottled(now: Int64) -> Bool { throttle.until > now }
    var throttledUntil: Int64 { throttle.until }

    /// Batches that may be with it at the same time, while its breaker is closed.
    var batchesMax: Int { concurrency.current }

    // MARK: - What it may be sent

    /// Batches that may be with the edge at the same time, whatever is in them.
    package enum Admission: Equatable {
        case upTo(Int)
        case notBefore(Int64)
        case nothing
    }

    package func admission(now: Int64) -> Admission {
        guard throttle.until <= now else { return .notBefore(throttle.until) }
        switch health.breaker.state {
        case .closed: return .upTo(concurrency.current)
        case .halfOpen: return .upTo(1)
        case .open: return .nothing
        }
    }

    package mutating func setShare(_ share: Double) { limits.setShare(share) }

    mutating func charge(_ cost: PurgeCost, now: Int64) {
        limits.charge(cost, now: now)
        sent.add(cost)
    }

    /// A part is sent for the first time in this retry round.
    package mutating func recordFirstAttempt(isReplay: Bool) {
        if isReplay { replayBudget.firstAttempt() } else { budget.firstAttempt() }
    }

    /// - Returns: whether the retry budget has an attempt left; it is spent.
    package mutating func spendRetry(isReplay: Bool, now: Int64) -> Bool {
        isReplay ? replayBudget.spend(now: now) : budget.spend(now: now)
    }

    // MARK: - Outcomes

    package mutating func recordSuccess(isProbe: Bool, now: Instant) -> EdgeHealth.Recovery {
        throttle.recordSuccess()
        concurrency.succeeded()
        let recovery = health.recordSuccess(isProbe: isProbe, now: now)
        if recovery == .closed {
            concurrency.ramp()
            backlog.request()
        }
        return recovery
    }

    /// - Parameters:
    ///   - namespace: of the failed batch.
    ///   - startedAt: when its call began.
    package mutating func recordFailure(of namespace: Int, startedAt: Int64, now: Int64) -> CircuitBreaker.Judgement {
        let judgement = health.recordFailure(of: namespace, now: now)
        // One namespace's URLs alone may be what is slow: the others keep what the edge takes at a time.
        if health.breaker.hasFailuresOfSeveral { concurrency.struggled(startedAt: startedAt, now: now) }
        return judgement
    }

    /// - Parameters:
    ///   - retryAfter: how long the edge asked to be left alone, if it did.
    ///   - startedAt: when the throttled call began.
    package mutating func recordThrottling(
        retryAfter: Duration?, startedAt: Int64, now: Int64, using random: inout some RandomNumberGenerator
    ) {
        concurrency.struggled(startedAt: startedAt, now: now)
        throttle.recordThrottling(retryAfter: retryAfter, now: now, using: &random)
    }

    package mutating func leaveAlone(for pause: Duration, now: Int64) { throttle.leaveAlone(for: pause, now: now) }

    /// Whether a failure was under way when the breaker opened, so that it says nothing new.
    func isOldNews(isProof: Bool) -> Bool { health.isOldNews(isProof: isProof) }

    /// The breaker opens, or opens again.
    ///
    /// - Returns: when to look after the edge.
    package mutating func trip(now: Int64, using random: inout some RandomNumberGenerator) -> Int64 {
        max(health.trip(now: now, using: &random), throttle.until)
    }

    package mutating func recordOutage(at deferredAt: Timestamp) { health.recordOutage(at: deferredAt) }

    // MARK: - Checks

    package mutating func requestCheck() { checks.request() }

    /// When the next check may begin, on the monotonic clock: an open breaker waits for its own pause. Nil while none
    /// is wanted, or one is under way.
    package var checkDueAt: Int64? {
        guard !checks.isUnderWay else { return nil }
        if case .open(let until) = health.breaker.state { return max(until, throttle.until) }
        return checks.dueAt.map { max($0, throttle.until) }
    }

    package mutating func beginCheck() { checks.begin() }

    /// - Returns: whether the edge takes a kind again that it refused before.
    package mutating func passCheck(refused: [EdgeCheck.Answer], now: Int64) -> Bool {
        health.passCheck()
        return checks.end(refused: refused, now: now)
    }

    /// - Returns: whether that is new: a check that began before the breaker opened says nothing new.
    package mutating func failCheck(now: Int64) -> Bool {
        _ = checks.end(refused: [], now: now)
        checks.startOver()
        if case .open(let until) = health.breaker.state { return until <= now }
        return true
    }

    /// The edge takes what it refused before.
    package mutating func acceptMore(at now: Timestamp) { health.acceptMore(at: now) }

    // MARK: - Probes

    /// - Returns: whether the breaker is half open now, and was not before.
    package mutating func letProbePass(now: Int64) -> Bool { health.letProbePass(now: now) }

    /// The only part that may be sent while the breaker is half open.
    package mutating func setProbe(_ part: PartKey) { health.setProbe(part) }

    package mutating func recordProbe(ofRecord index: Int) { lastProbe = index }

    // MARK: - Its backlog

    /// Whether a part of it was deferred that could not be sent, and may wait on a retry topic.
    var wantsBacklogSearch: Bool { backlog.isWanted }
    /// When it last had nothing to do.
    var idleSince: Timestamp? { backlog.idleSince }

    /// Whether anything of it may wait on a retry topic, or waits here for its time.
    package var hasBacklog: Bool { backlog.isWanted || delayed > 0 }

    package mutating func requestBacklogSearch() { backlog.request() }

    package mutating func becomeIdle(at now: Timestamp) { backlog.becomeIdle(at: now) }

    /// - Returns: nil when the search begins; otherwise when it may.
    package mutating func beginBacklogSearch(now: Int64) -> Int64? { backlog.begin(now: now) }

    /// - Returns: nil when an idle edge searches now; otherwise when it will.
    package mutating func waitForBacklogSearch(now: Int64) -> Int64? { backlog.waitIfIdle(now: now) }

    package mutating func addDelayed() { delayed += 1 }

    package mutating func removeDelayed() {
        delayed -= 1
        precondition(delayed >= 0, "more delayed parts left than came")
    }

    /// A delayed part is sent.
    package mutating func startDelayed() {
        removeDelayed()
        backlog.recordStart()
    }

    /// The part is due, and there is no capacity for it.
    package mutating func waitForCapacity(_ part: PartKey) { waitingForCapacity.append(part) }

    /// The part that has waited the longest; it may have ended in the meantime.
    package mutating func nextWaitingForCapacity() -> PartKey? { waitingForCapacity.popFirst() }

    package var waitingForCapacityCount: Int { waitingForCapacity.count }

    // MARK: - Its timer

    /// - Returns: whether a timer must be set: none is due sooner.
    package mutating func setTimer(_ time: Int64) -> Bool {
        if let wakesAt, wakesAt <= time { return false }
        wakesAt = time
        return true
    }

    package mutating func timerCame(now: Int64) {
        if let known = wakesAt, known <= now { wakesAt = nil }
    }
}
