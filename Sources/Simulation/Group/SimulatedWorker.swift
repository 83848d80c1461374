internal import Invalidations
internal import Workers

/// Simulated worker: one loop of a process, a real one, and the ports that connect it with the world.
final class SimulatedWorker {
    /// Among all loops of a run; a restarted worker is another one.
    let number: Int
    let name: String
    /// The number of its process; another loop may have the same.
    let process: Int
    /// Nil once the process is gone.
    private(set) var running: Running?

    /// What ends with the process.
    struct Running {
        let loop: WorkerLoop
        let host: SimulatedHost
        let consumer: SimulatedConsumer
        let observer: SimulatedObserver
        let calls: SimulatedCalls
        let witness: LoopWitness
    }

    var isRunning = true
    /// It lost its membership and has not noticed.
    var isFenced = false
    var isDraining = false
    /// Nothing that reaches the broker later than this comes from it any more, once it is dead.
    var lastWordAt: SimulatedTime = .max
    /// Of the group, as it knows it.
    var generation = 0
    /// The partition's number counts up with every assignment.
    var epochs: [Int]
    /// When the partition of that number was assigned; nil for one that is not.
    var ownsSince: [SimulatedTime?]
    /// For every partition of the log, what an earlier owner had finished above the committed offset.
    var finishedBefore: [DoneOffsets]
    /// Partitions whose logs went back without its having noticed.
    var outdated: Set<Int> = []
    /// What was read under this assignment, by the record on an invalidation topic that it began with.
    var begun: [RecordPosition: [BegunRecord]] = [:]
    /// What it decided to write, by the number of its delivery.
    var written: [DeliveryNumber: ProducedRecord.Content] = [:]

    var isTurnPlanned = false
    /// For every partition of the log and two more topics: nothing sent later is stored earlier.
    var storesInOrder: [SimulatedTime]
    private let monotonicOffset: Int64
    private let wallOffset: Int64

    init(number: Int, process: Int, partitions: Int, sources: Int, monotonicOffset: Int64, wallOffset: Int64) {
        self.number = number
        name = "worker-\(number + 1)"
        self.process = process
        epochs = Array(repeating: 0, count: partitions)
        ownsSince = Array(repeating: nil, count: partitions)
        finishedBefore = Array(repeating: DoneOffsets(), count: sources)
        storesInOrder = Array(repeating: 0, count: sources + 2)
        self.monotonicOffset = monotonicOffset
        self.wallOffset = wallOffset
    }

    func begin(_ running: Running) { self.running = running }

    /// What was in the memory of the process is gone.
    func forget() { running = nil }

    func owns(_ partition: Int32) -> Bool { ownsSince[Int(partition)] != nil }

    var ownedPartitions: Int { ownsSince.reduce(0) { $0 + ($1 == nil ? 0 : 1) } }

    /// Records in work, and those that are only delayed.
    var openRecords: Int {
        guard let loop = running?.loop else { return 0 }
        return loop.core.openRecords + loop.core.delayedRecords
    }

    /// What its clocks show.
    func instant(_ now: SimulatedTime) -> Instant {
        Instant(monotonic: now + monotonicOffset, wall: wall(now))
    }

    func wall(_ now: SimulatedTime) -> Timestamp { Calendar.wall(now, offset: wallOffset) }
}

/// A record that a worker read.
struct BegunRecord {
    let record: LogRecord
    let at: SimulatedTime
}
