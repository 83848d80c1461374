internal import Basics

/// All that a worker decides: which record goes to which lane, what makes a batch, when to send it, what an outcome
/// means, what is deferred or given up, which offset is safe to commit.
///
/// It does no I/O. It is told what happened and when, and answers with what to do, so the same events at the same
/// times always give the same actions. Its one owner is the worker's loop. `HowTheCoreDecides` tells it as a whole;
/// each extension of this type holds one part of it.
public struct WorkerCore: ~Copyable {
    let settings: WorkerSettings
    let bounds: Bounds
    /// Of the retry topics, in milliseconds.
    let tierDelays: [Int64]
    let edgeIndices: [String: Int]
    /// Whether any edge waits for others.
    let hasLayers: Bool
    var random: any RandomNumberGenerator

    var runtimes: ContiguousArray<EdgeRuntime>
    var accounts: [PaceLimits]
    var partitions = Pool<PartitionTracker>()
    var partitionIndices = PartitionIndex()
    /// Of an invalidation topic.
    var partitionsInAll: Int
    var records: OpenRecords
    var queues: EdgeQueues
    /// Of batches with more entries than one event deals with.
    var completions = CompletionQueue()
    var namespaces: NamespaceTable
    var strictSequencer = StrictSequencer()
    var recentPurges = RecentPurges()
    var recentRetries = RecentRetries()
    var cancelled = CancelledRequests()
    var starvedEdges = StarvedEdges()
    /// Records of one retry partition that may be read ahead of their time: its share of what all of them may.
    var delayedPerPartition = 1
    var timers = TimerQueue<Reminder>()
    /// Timers from which on outdated ones are looked for.
    var timersMax = WorkerCore.timersMin

    var finishedSinceCommit = 0
    var lastCommitAt: Int64 = .min / 2
    var isCommitTimerSet = false
    var isGuardTimerSet = false
    var isDraining = false
    var isDrained = false
    /// What follows from parts that have settled; empty between events.
    var consequences = ConsequenceQueue<Consequence>()

    /// Of the event that is being handled.
    var now = Instant(monotonic: 0, wall: Timestamp(milliseconds: 0))
    var actions: [WorkerAction] = []

    /// The purpose of a timer. A slot may have been used again since: every reminder checks what it finds.
    enum Reminder {
        case lane(Int, wake: UInt32)
        case edge(Int)
        case due(PoolKey)
        case soon(PoolKey)
        case layer(PoolKey)
        case redeliver(DeliveryTicket)
        /// A partition that was assigned again since is another one.
        case recoveryScanStalled(PoolKey, lastSeen: Int64)
        case commit
        case reports
        case completions
        case guards
        case drainOver
    }

    public init(
        edges: [EdgeProfile], settings: WorkerSettings = WorkerSettings(), random: any RandomNumberGenerator
    ) {
        self.settings = settings
        bounds = Bounds(settings)
        partitionsInAll = settings.partitionsInAll
        records = OpenRecords(
            reporter: ProgressReporter(
                firstReportAfter: bounds.firstReportAfter, interval: settings.reportInterval.nanoseconds))
        self.random = random
        tierDelays = settings.retryTiers.map(\.milliseconds)
        edgeIndices = Dictionary(edges.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        hasLayers = edges.contains { $0.layer != edges[0].layer }
        runtimes = ContiguousArray(edges.map { EdgeRuntime($0, settings: settings) })
        queues = EdgeQueues(edges: edges.count, weights: settings.priorityWeights)
        accounts = settings.accounts.map { PaceLimits($0.limits) }
        namespaces = NamespaceTable(edges: edges, strict: settings.strictNamespaces)
    }

    /// Records taken in and not finished, without those that are only delayed.
    public var openRecords: Int { records.openCount }

    /// Records of retry topics that are read ahead of their time.
    public var delayedRecords: Int { records.delayedCount }

    /// When `timer` is wanted next, on the monotonic clock; nil for never.
    public var nextTimer: Int64? { timers.nextDue }

    public mutating func handle(_ event: WorkerEvent, now: Instant, actions: inout [WorkerAction]) {
        self.now = now
        swap(&self.actions, &actions)
        defer { swap(&self.actions, &actions) }
        switch event {
        case .assigned(let partitions): addPartitions(partitions)
        case .revoked(let sources): revoke(sources)
        case .record(let record): accept(record)
        case .purged(let number, let outcome, rest: let pause): applyOutcome(PoolKey(number), outcome, pause: pause)
        case .checked(let edge, let check): checked(edge, check)
        case .delivered(let number, let isStored): deliveryEnded(DeliveryTicket(number), isStored: isStored)
        case .commitFailed(let sources): commitAgain(sources)
        case .timer: runTimers()
        case .drain: drain()
        }
        precondition(consequences.isEmpty, "an event left consequences behind")
        dispatchScheduled()
        commitIfDue()
        finishDraining()
    }

    /// As many as belong in one event: the others are due already, and come with the next one.
    private mutating func runTimers() {
        let limit = actions.count + settings.actionsAtOnce
        while actions.count < limit, let reminder = timers.pop(dueBy: now.monotonic) {
            switch reminder {
            case .lane(let lane, let wake): wakeLane(lane, wake)
            case .edge(let edge): wakeEdge(edge)
            case .due(let key): comeDue(key)
            case .soon(let key): layerDistanceOver(key)
            case .layer(let key): openLayer(key)
            case .redeliver(let ticket): redeliver(ticket)
            case .recoveryScanStalled(let key, let lastSeen): recoveryScanStalled(key, lastSeen)
            case .commit:
                isCommitTimerSet = false
                commit(partitionIndices.indices)
            case .reports: reportThoseDue()
            case .completions: continueCompletions()
            case .guards: runGuards()
            case .drainOver: stopWaiting()
            }
        }
    }

    mutating func remind(_ reminder: Reminder, after pause: Duration) {
        remind(reminder, at: now.monotonic + pause.nanoseconds)
    }

    mutating func remind(_ reminder: Reminder, at time: Int64) {
        timers.add(reminder, due: time)
        if timers.count >= timersMax { dropOutdatedTimers() }
    }

    /// A record that ends before its time leaves its reminder behind: those must not pile up for an hour of an outage.
    private mutating func dropOutdatedTimers() {
        for (reminder, due) in timers.takeAll() where !isOutdated(reminder) { timers.add(reminder, due: due) }
        timersMax = max(Self.timersMin, 2 * timers.count)
    }

    private func isOutdated(_ reminder: Reminder) -> Bool {
        switch reminder {
        case .due(let key), .soon(let key), .layer(let key): !records.holds(key)
        case .lane(let lane, let wake): !queues.isUsed(lane: lane) || !queues[lane: lane].waits(for: wake)
        default: false
        }
    }

    private static let timersMin = 4_096

    /// The same where no thread waits to the millisecond: reminders of about the same time come due together, and wake
    /// the worker once.
    mutating func remindRoughly(_ reminder: Reminder, at time: Int64) {
        let step = Self.roughly.nanoseconds
        remind(reminder, at: (time + step - 1) / step * step)
    }

    private static let roughly = Duration.milliseconds(25)

    /// Whether a request can wait on a retry topic; otherwise all its attempts are made in one retry round.
    var canDefer: Bool { !tierDelays.isEmpty }

    /// Attempts at one edge, in all retry rounds, before it is given up.
    var attemptsInAll: Int { settings.retry.attemptsMax * (tierDelays.count + 1) }
}
