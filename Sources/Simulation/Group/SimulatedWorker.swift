internal import Invalidations

/// One worker process: a core, and what its shell remembers.
final class SimulatedWorker {
    /// Of all processes of a run; a restarted worker is another process.
    let number: Int
    let name: String
    var core: WorkerCore
    var actions: [WorkerAction] = []

    var isRunning = true
    /// It lost its membership and has not noticed.
    var isFenced = false
    var isDraining = false
    var commitsNothing = false
    /// Nothing that reaches the broker later than this comes from it any more, once it is dead.
    var lastWordAt: SimulatedTime = .max
    /// Of the group, as it knows it.
    var generation = 0
    /// What it reads, in the order of the log's partitions.
    var sources: [Int] = []
    /// For every partition of the log, the place of the next record to read.
    var slots: [Int]
    /// The partition's number counts up with every assignment.
    var epochs: [Int]
    /// When the partition of that number was assigned; nil for one that is not.
    var ownsSince: [SimulatedTime?]
    /// For every partition of the log, what an earlier owner had finished above the committed offset.
    var finishedBefore: [DoneOffsets]
    /// What was read under this assignment, by the record on an invalidation topic that it began with.
    var begun: [RecordPosition: [BegunRecord]] = [:]
    /// Deferrals that are on their way, or will be handed over again.
    var puttingOff: Set<DeliveryNumber> = []

    var isTurnPlanned = false
    /// When its timer goes off; nil while it is not set.
    var armedFor: SimulatedTime?
    /// For every partition of the log and two more topics: nothing sent later is stored earlier.
    var storesInOrder: [SimulatedTime]
    private let monotonicOffset: Int64
    private let wallOffset: Int64

    init(
        number: Int, core: consuming WorkerCore, partitions: Int, sources: Int, monotonicOffset: Int64,
        wallOffset: Int64
    ) {
        self.number = number
        name = "worker-\(number + 1)"
        self.core = core
        slots = Array(repeating: 0, count: sources)
        epochs = Array(repeating: 0, count: partitions)
        ownsSince = Array(repeating: nil, count: partitions)
        finishedBefore = Array(repeating: DoneOffsets(), count: sources)
        storesInOrder = Array(repeating: 0, count: sources + 2)
        self.monotonicOffset = monotonicOffset
        self.wallOffset = wallOffset
    }

    func owns(_ partition: Int32) -> Bool { ownsSince[Int(partition)] != nil }

    var ownedPartitions: Int { ownsSince.reduce(0) { $0 + ($1 == nil ? 0 : 1) } }

    /// What its clocks show.
    func instant(_ now: SimulatedTime) -> Instant {
        Instant(monotonic: now + monotonicOffset, wall: wall(now))
    }

    func wall(_ now: SimulatedTime) -> Timestamp { Calendar.wall(now, offset: wallOffset) }

    /// When its core wants to be woken, in true time.
    var nextTimer: SimulatedTime? { core.nextTimer.map { $0 - monotonicOffset } }

    func handle(_ event: WorkerEvent, now: SimulatedTime) {
        core.handle(event, now: instant(now), actions: &actions)
    }
}

/// A record that a worker read, and which of its parts it has deferred.
struct BegunRecord {
    let record: LogRecord
    let at: SimulatedTime
    /// By `Facts.part`.
    var deferredParts: Set<Int> = []
}
