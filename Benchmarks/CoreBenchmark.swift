import Basics
import Foundation
import Invalidations

/// The worker's loop without its surroundings: records' bytes are decoded, go through lanes and offset tracker to edges
/// that answer at once, and their progress is written as JSON. In memory, on one thread.
struct CoreBenchmark {
    struct Load {
        var records = 1_000_000
        var partitions = 16
        var namespaces = 1_000
        /// In all; a namespace is served by `edgesPerNamespace` of them.
        var edges = 1
        var edgesPerNamespace = 1
        /// An edge that never answers well, for a backlog of retry records.
        var isFirstEdgeDown = false
    }

    struct Result {
        var recordsPerSecond: Double
        var progressBytes: Int
        var purges: Int
        var retryRecords: Int

        var microsecondsPerRecord: Double { 1_000_000 / recordsPerSecond }
    }

    /// Records handed over before outcomes are, as a worker's turn does.
    private static let turn = 1_000
    private static let distinct = 100_000

    let load: Load

    func run() -> Result {
        var world = CoreWorld(load)
        let values = (0..<Self.distinct).map { value($0) }
        let clock = ContinuousClock()
        let begin = clock.now
        var done = 0
        while done < load.records {
            let end = min(done + Self.turn, load.records)
            for number in done..<end { world.handleRecord(number, values[number % Self.distinct]) }
            world.answerAll()
            done = end
        }
        world.finish()
        let seconds = begin.duration(to: clock.now) / .seconds(1)
        return Result(
            recordsPerSecond: Double(load.records) / seconds, progressBytes: world.progressBytes,
            purges: world.purges, retryRecords: world.retryRecords)
    }

    /// A request for one URL.
    private func value(_ number: Int) -> [UInt8] {
        let namespace = number % load.namespaces
        let id = RequestID(high: 0x019A_B697_E800_7000, low: 0x8000_0000_0000_0000 | UInt64(number))
        return Array(
            """
            {"id":"\(id.text)","namespace":"shop-\(namespace)","urls":["http://shop.example/products/\(number)?colour=blue"],\
            "mode":"hard","priority":"normal","requestedAt":"2025-11-24T16:00:00.000Z","source":"catalog-service"}
            """.utf8)
    }
}

/// The core with a shell that answers everything at once.
private struct CoreWorld: ~Copyable {
    private var core: WorkerCore
    private let decoder = InvalidationDecoder()
    private var encoder = ReportEncoder(
        source: "worker-1", topics: ["high", "normal", "low", "retry.10s", "retry.1m", "retry.10m", "retry.1h"])
    private let load: CoreBenchmark.Load
    private var next: [Int64]
    private var actions: [WorkerAction] = []
    private var taken: [WorkerAction] = []
    private static let time = Timestamp(milliseconds: 1_764_000_000_000)
    private var now = Self.askTime()
    private var clockUses = 0

    private(set) var progressBytes = 0
    private(set) var purges = 0
    private(set) var retryRecords = 0

    init(_ load: CoreBenchmark.Load) {
        self.load = load
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
        core = WorkerCore(edges: edges, settings: settings, random: SystemRandomNumberGenerator())
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
        if clockUses % Self.clockShare == 0 { now = Self.askTime() }
        return now
    }

    private static func askTime() -> Instant {
        let elapsed = SystemClocks.monotonicNanoseconds()
        return Instant(monotonic: elapsed, wall: time + elapsed / 1_000_000)
    }

    mutating func handleRecord(_ number: Int, _ value: [UInt8]) {
        let partition = number % load.partitions
        let source = SourcePartition(topic: 1, partition: Int32(partition))
        let content = value.withUnsafeBytes { bytes in
            Result { () throws(InvalidationError) in try decoder.decode(record: bytes, time: Self.time) }
        }
        let record = IncomingRecord(
            position: RecordPosition(source: source, offset: next[partition]),
            original: OriginalRecord(key: nil, value: value), content: content)
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
            encoder.encode(report)
            progressBytes += encoder.value.count
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
