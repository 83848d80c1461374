/// All that a worker decides: which record goes to which lane, what makes a batch, when to send it, what an
/// outcome means, which offset is safe to commit.
///
/// It does no I/O. It is told what happened and when, and answers with what to do, so the same events at the
/// same times always give the same actions. Its one owner is the worker's loop.
public struct WorkerCore: ~Copyable {
    let edges: [EdgeProfile]
    let settings: WorkerSettings
    var random: any RandomNumberGenerator

    var ledgers: [SourcePartition: OffsetLedger] = [:]
    var records = Slab<TrackedRecord>()
    var lanes = Slab<Lane>()
    var namespaces: NamespaceTable
    var timers = TimerQueue<Reminder>()

    var epoch: UInt64 = 0
    var openBytes = 0
    var finishedSinceCommit = 0
    var committed: [SourcePartition: Int64] = [:]
    var isCommitDue = false
    var isCommitTimerSet = false
    var isDraining = false
    var isDrained = false

    /// What a timer is for. A place may have been used again since: every reminder checks what it finds.
    enum Reminder {
        case wakeLane(Int)
        case reportRecord(Int, RecordPosition)
        case redeliver(Int)
        case commit
    }

    public init(
        edges: [EdgeProfile], settings: WorkerSettings = WorkerSettings(), random: any RandomNumberGenerator
    ) {
        self.edges = edges
        self.settings = settings
        self.random = random
        namespaces = NamespaceTable(edges: edges)
    }

    /// How many more records of that partition it takes now. They wait where they are while this is zero.
    public func room(for source: SourcePartition) -> Int {
        guard !isDraining, openBytes < settings.openBytesMax else { return 0 }
        return max(0, settings.openRecordsMax - records.count)
    }

    /// Records taken in and not finished.
    public var openRecords: Int { records.count }

    /// When `timer` is wanted next, on the monotonic clock; nil for never.
    public var nextTimer: Int64? { timers.nextDue }

    public mutating func handle(_ event: WorkerEvent, now: Instant, actions: inout [WorkerAction]) {
        switch event {
        case .assigned(let partitions): assign(partitions)
        case .revoked(let partitions): revoke(partitions, actions: &actions)
        case .record(let record): take(record, now: now, actions: &actions)
        case .purged(let number, let outcome, _): purgeEnded(Int(number), outcome, now: now, actions: &actions)
        case .delivered(let number, let isStored):
            deliveryEnded(DeliveryTicket(number), isStored: isStored, now: now, actions: &actions)
        case .commitFailed(let partitions): commitAgain(partitions, now: now)
        case .timer: runTimers(now: now, actions: &actions)
        case .drain: isDraining = true
        }
        commitIfDue(now: now, actions: &actions)
        finishDraining(actions: &actions)
    }

    private mutating func runTimers(now: Instant, actions: inout [WorkerAction]) {
        while let reminder = timers.pop(dueBy: now.monotonic) {
            switch reminder {
            case .wakeLane(let lane): wake(lane, now: now, actions: &actions)
            case .reportRecord(let record, let position):
                reportInterim(record, position, now: now, actions: &actions)
            case .redeliver(let record): redeliver(record, now: now, actions: &actions)
            case .commit:
                isCommitTimerSet = false
                isCommitDue = true
            }
        }
    }

    mutating func remind(_ reminder: Reminder, after pause: Int64, now: Instant) {
        timers.add(reminder, due: now.monotonic + pause)
    }
}
