import Basics
import Invalidations
import TestSupport

/// The core with a shell that answers everything at once.
///
/// Its clock can be one of its own, so that nothing depends on how fast the machine is.
struct CoreWorld: ~Copyable {
    private var core: WorkerCore
    private let decoder = InvalidationDecoder()
    private var encoder = ReportEncoder(
        source: "worker-1", topics: ["high", "normal", "low", "retry.10s", "retry.1m", "retry.10m", "retry.1h"])
    private let load: CoreBenchmark.Load
    private var next: [Int64]
    private var actions: [WorkerAction] = []
    private var taken: [WorkerAction] = []
    private static let time = Timestamp(milliseconds: 1_764_000_000_000)
    private var now: Instant
    private var clockUses = 0
    /// How far each look at the clock moves it, in nanoseconds; nil asks the system.
    private let clockStep: Int64?
    private let encodesProgress: Bool

    private(set) var progressBytes = 0
    private(set) var purges = 0
    private(set) var retryRecords = 0

    init(_ load: CoreBenchmark.Load, clockStep: Int64? = nil, encodesProgress: Bool = true) {
        self.load = load
        self.clockStep = clockStep
        self.encodesProgress = encodesProgress
        now = clockStep == nil ? Self.askTime() : Instant(monotonic: 0, wall: Self.time)
        var settings = WorkerSettings()
        settings.partitionsInAll = load.partitions
        let groups = max(1, load.edges / load.edgesPerNamespace)
        let edges = (0..<load.edges).map { edge in
            let namespaces =
                groups == 1
                ? [NamespacePattern.all]
                : stride(from: edge % groups, to: load.namespaces, by: groups).map { .exactly("shop-\($0)") }
            return EdgeProfile(name: "edge-\(edge)", namespaces: namespaces, callItemsMax: 1, concurrencyMax: 1_024)
        }
        core = WorkerCore(edges: edges, settings: settings, random: SeededGenerator(seed: 1))
        next = Array(repeating: 0, count: load.partitions)
        let assigned = (0..<load.partitions).flatMap { partition in
            (0..<7).map { AssignedPartition(SourcePartition(topic: $0, partition: Int32(partition)), next: 0) }
        }
        core.handle(.assigned(assigned), now: tellTime(), actions: &actions)
        actions.removeAll()
    }

    /// As a worker's loop does, so many events share one look at the clock.
    private static let clockShare = 32

    private mutating func tellTime() -> Instant {
        clockUses += 1
        guard clockUses % Self.clockShare == 0 else { return now }
        if let clockStep {
            let elapsed = now.monotonic + clockStep
            now = Instant(monotonic: elapsed, wall: Self.time + elapsed / 1_000_000)
        } else {
            now = Self.askTime()
        }
        return now
    }

    private static func askTime() -> Instant {
        let elapsed = SystemClocks.monotonicNanoseconds()
        return Instant(monotonic: elapsed, wall: time + elapsed / 1_000_000)
    }

    /// Hands over a record that is decoded already, as the next one of its partition.
    mutating func handleDecoded(_ record: IncomingRecord) {
        var record = record
        let partition = Int(record.position.source.partition)
        record.position.offset = next[partition]
        next[partition] += 1
        core.handle(.record(record), now: tellTime(), actions: &actions)
    }

    mutating func handleRecord(_ number: Int, _ value: [UInt8]) {
        let partition = number % load.partitions
        let source = SourcePartition(topic: 1, partition: Int32(partition))
        let record = IncomingRecord(
            position: RecordPosition(source: source, offset: next[partition]),
            original: OriginalRecord(key: nil, value: value), content: CoreRecords.decode(value, decoder))
        next[partition] += 1
        core.handle(.record(record), now: tellTime(), actions: &actions)
    }

    /// Carries out what there is to do, until nothing is.
    mutating func answerAll() {
        while !actions.isEmpty {
            swap(&actions, &taken)
            for action in taken { answer(action) }
            taken.removeAll(keepingCapacity: true)
        }
        if let due = core.nextTimer, due <= tellTime().monotonic {
            core.handle(.timer, now: tellTime(), actions: &actions)
        }
    }

    mutating func finish() {
        core.handle(.drain, now: tellTime(), actions: &actions)
        answerAll()
        precondition(core.openRecords == 0, "\(core.openRecords) records are left open")
    }

    private mutating func answer(_ action: WorkerAction) {
        switch action {
        case .purge(let number, let edge, let batch):
            purges += 1
            let outcome: PurgeOutcome
            if load.isFirstEdgeDown, edge == 0 {
                let failure = ItemOutcome.failed(PurgeFailure(.transient, "connection refused"))
                outcome = .each(batch.items.map { _ in failure })
            } else {
                outcome = .acknowledged
            }
            core.handle(.purged(number, outcome), now: tellTime(), actions: &actions)
        case .report(let number, let report):
            if encodesProgress {
                encoder.encode(report)
                progressBytes += encoder.value.count
            }
            core.handle(.delivered(number, isStored: true), now: tellTime(), actions: &actions)
        case .writeRetry(let number, _):
            retryRecords += 1
            core.handle(.delivered(number, isStored: true), now: tellTime(), actions: &actions)
        case .writeDeadLetter(let number, _):
            core.handle(.delivered(number, isStored: true), now: tellTime(), actions: &actions)
        case .check, .commit, .reread, .alert, .drained: break
        }
    }
}
