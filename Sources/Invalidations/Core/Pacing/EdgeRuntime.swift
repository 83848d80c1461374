internal import Basics

/// Edge runtime: breaker, limits, counts and ready lanes of one edge.
struct EdgeRuntime {
    let profile: EdgeProfile
    /// Its name in reports, and that of its second purge.
    let name: String
    let repeatName: String
    let lingers: Bool

    var breaker: CircuitBreaker
    var limits: PaceLimits
    var concurrency: ConcurrencyLimit
    var budget: RetryBudget
    var ready: ReadyLanes

    /// Batches with the edge.
    private(set) var inFlight = 0
    /// Parts that wait in lanes or are with the edge.
    private(set) var parts = 0
    /// The edge asked to be left alone until then, on the monotonic clock.
    var throttledUntil: Int64 = .min
    /// Answers in a row that said it was too much.
    var throttles = 0
    var checks = EdgeChecks()
    /// Since when the edge counts as down, on the monotonic clock; nil while it does not.
    var downSince: Int64?
    /// When it was last found well, whatever came since.
    var recoveredAt: Timestamp?
    /// The earliest retry record of an open breaker that was read since then: an outage may be older than this worker.
    var deferredSince: Timestamp?
    /// When a part was last put into one of its lanes, on the monotonic clock.
    private(set) var lastWorkAt: Int64 = .min / 2
    /// The place of the record that was last sent as a probe: the next probe is another one.
    var lastProbe = -1
    /// When the next timer for it is due; nil for none.
    var wakesAt: Int64?
    /// The only part that may be sent while the breaker is half open.
    var probe: PartKey?

    /// It stands in the list of edges to serve.
    var isScheduled = false

    /// Since when it is known to purge: what was deferred before need not wait any longer. Nil from the opening of its
    /// breaker, or the start, until the next success.
    var upSince: Timestamp?
    /// When it last had nothing to do: a part that was deferred before because there was no capacity waits no longer.
    var idleSince: Timestamp?
    /// A part of it was deferred because there was no capacity, and may wait on a retry topic although the edge is
    /// idle.
    var hasDeferredBacklog = false
    /// When its backlog was last looked for, on the monotonic clock.
    var scannedAt: Int64 = .min / 2
    /// How long until it is looked for again, in nanoseconds: longer each time that nothing came of it.
    var scanPause = EdgeRuntime.scanPauseMin

    static let scanPauseMin = Duration.seconds(5).nanoseconds
    static let scanPauseMax = Duration.seconds(300).nanoseconds
    /// Parts of it that are delayed.
    private(set) var delayed = 0
    /// Of those, the ones whose time has come while there was no capacity.
    var waitingForCapacity = RingBuffer<PartKey>()

    init(_ profile: EdgeProfile, settings: WorkerSettings) {
        self.profile = profile
        name = PurgeStep.first.name(of: profile.name)
        repeatName = PurgeStep.second.name(of: profile.name)
        lingers = profile.linger > .zero
        breaker = CircuitBreaker(settings.breaker)
        limits = PaceLimits(profile.limits)
        concurrency = ConcurrencyLimit(most: profile.concurrencyMax)
        budget = RetryBudget(settings.retryBudget)
        ready = ReadyLanes(weights: settings.priorityWeights)
    }

    // MARK: - Counts

    /// A part is put into one of the edge's lanes.
    mutating func addPart(now: Int64) {
        parts += 1
        lastWorkAt = now
    }

    /// A part has ended, or waits for its time.
    mutating func removePart() {
        parts -= 1
        precondition(parts >= 0, "more parts left than came")
    }

    mutating func addDelayed() { delayed += 1 }

    mutating func removeDelayed() {
        delayed -= 1
        precondition(delayed >= 0, "more delayed parts left than came")
    }

    mutating func beginBatch() { inFlight += 1 }

    mutating func endBatch() {
        inFlight -= 1
        precondition(inFlight >= 0, "more batches ended than began")
    }

    func name(of step: PurgeStep) -> String { step == .first ? name : repeatName }
}
