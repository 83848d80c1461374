import Foundation
import Invalidations
import TestSupport

/// A small world around the core: a log of records, edges that fail as the seed says, a clock that jumps
/// from event to event. Every action is carried out in an order that the seed chooses.
final class WorkerWorld {
    let edges: [EdgeProfile]
    var core: WorkerCore
    var random: SeededGenerator
    var now = Instant(monotonic: 0, wall: Timestamp(milliseconds: 1_764_000_000_000))

    /// The log, one array a partition.
    var log: [SourcePartition: [IncomingRecord]] = [:]
    /// What is committed, and survives a crash.
    var committed: [SourcePartition: Int64] = [:]
    var metadata: [SourcePartition: String] = [:]
    private var position: [SourcePartition: Int64] = [:]

    var purgesInFlight: [(number: PurgeNumber, edge: Int, batch: PurgeBatch)] = []
    var lettersInFlight: [(number: DeliveryNumber, letter: DeadLetter)] = []
    var deferralsInFlight: [(number: DeliveryNumber, deferral: Deferral)] = []
    var reportsInFlight: [(number: DeliveryNumber, report: RequestReport)] = []
    var isDrained = false

    /// What the world saw.
    var firstArrivals: [String: [String]] = [:]
    var acknowledgedTags: [String: Set<String>] = [:]
    var letters: [DeadLetter] = []
    var deferrals: [Deferral] = []
    var alerts: [WorkerAlert] = []
    var reports: [RequestID: [RequestReport]] = [:]
    var batchSizes: [Int] = []

    var failurePercent = 0
    var deliveryFailurePercent = 0
    /// Tags that every edge refuses for good.
    var poison: Set<String> = []

    init(edges: [EdgeProfile], seed: UInt64, settings: WorkerSettings = WorkerSettings()) {
        self.edges = edges
        random = SeededGenerator(seed: seed)
        core = WorkerCore(edges: edges, settings: settings, random: SeededGenerator(seed: seed &+ 1))
    }

    func publish(_ partition: SourcePartition, namespace: String, tags: [String], mode: PurgeMode = .hard) -> RequestID
    {
        let id = RequestID(at: now.wall, using: &random)
        let invalidation = Invalidation(
            id: id, namespace: Namespace(namespace)!, selectors: Selectors(tags: tags), mode: mode,
            requestedAt: now.wall)
        append(partition, .success(invalidation), value: Array("\(namespace) \(tags)".utf8))
        return id
    }

    func append(_ partition: SourcePartition, _ content: Result<Invalidation, InvalidationError>, value: [UInt8]) {
        let offset = Int64(log[partition, default: []].count)
        log[partition, default: []].append(
            IncomingRecord(
                position: RecordPosition(source: partition, offset: offset),
                original: OriginalRecord(key: Array("key".utf8), value: value), content: content))
    }

    func send(_ event: WorkerEvent) {
        var actions: [WorkerAction] = []
        core.handle(event, now: now, actions: &actions)
        for action in actions { carryOut(action) }
    }

    func assignAll() {
        assign(log.keys.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) })
    }

    func assign(_ partitions: [SourcePartition]) {
        var assigned: [AssignedPartition] = []
        for partition in partitions.flatMap({ Self.retries(of: $0) + [$0] }) {
            assigned.append(
                AssignedPartition(
                    partition, next: committed[partition] ?? 0, metadata: metadata[partition],
                    end: Int64(log[partition, default: []].count)))
            position[partition] = committed[partition] ?? 0
        }
        send(.assigned(assigned))
    }

    func revoke(_ partitions: [SourcePartition]) {
        let all = partitions.flatMap { Self.retries(of: $0) + [$0] }
        send(.revoked(all))
        for partition in all { position[partition] = nil }
    }

    /// The process dies: nothing but the log, the commits and what the edges did remains.
    func crash(settings: WorkerSettings = WorkerSettings()) {
        core = WorkerCore(edges: edges, settings: settings, random: SeededGenerator(seed: random.next()))
        purgesInFlight = []
        lettersInFlight = []
        deferralsInFlight = []
        reportsInFlight = []
        position = [:]
    }

    /// One thing happens. False when nothing can.
    func step() -> Bool {
        var choices: [() -> Void] = []
        for (partition, next) in position.sorted(by: {
            ($0.key.topic, $0.key.partition) < ($1.key.topic, $1.key.partition)
        }) where next < Int64(log[partition, default: []].count) && core.room(for: partition) > 0 {
            choices.append { [self] in
                position[partition] = next + 1
                send(.record(log[partition]![Int(next)]))
            }
        }
        if !purgesInFlight.isEmpty { choices.append(endPurge) }
        if !lettersInFlight.isEmpty { choices.append(endLetter) }
        if !deferralsInFlight.isEmpty { choices.append(endDeferral) }
        if !reportsInFlight.isEmpty { choices.append(endReport) }
        guard let choice = choices.randomElement(using: &random) else { return waitForTimer() }
        now.monotonic += 1_000_000
        now.wall = now.wall + 1
        if let due = core.nextTimer, due <= now.monotonic { send(.timer) }
        choice()
        return true
    }

    func run(steps: Int = 1_000_000) -> Bool {
        for _ in 0..<steps where !step() { return true }
        return false
    }

    private func waitForTimer() -> Bool {
        guard let due = core.nextTimer,
            core.openRecords + core.parkedRecords > 0 || due - now.monotonic <= 1_000_000_000
        else { return false }
        let pause = max(0, due - now.monotonic)
        now.monotonic += pause
        now.wall = now.wall + pause / 1_000_000
        send(.timer)
        return true
    }

    private func carryOut(_ action: WorkerAction) {
        switch action {
        case .purge(let number, let edge, let batch):
            let key = "\(edges[edge].name) \(batch.namespace)"
            for tag in batch.items.flatMap(\.tags) where !firstArrivals[key, default: []].contains(tag) {
                firstArrivals[key, default: []].append(tag)
            }
            batchSizes.append(batch.items.count)
            precondition(!purgesInFlight.contains { $0.number == number }, "two purges in flight in one lane")
            purgesInFlight.append((number, edge, batch))
        case .bury(let number, let letter): lettersInFlight.append((number, letter))
        case .report(let number, let report): reportsInFlight.append((number, report))
        case .commit(let offsets):
            for (partition, point) in offsets {
                precondition(point.offset >= committed[partition] ?? 0, "a commit went back")
                committed[partition] = point.offset
                metadata[partition] = point.metadata
            }
        case .putOff(let number, let deferral): deferralsInFlight.append((number, deferral))
        case .reread(let partition, let offset): position[partition] = offset
        case .alert(let alert): alerts.append(alert)
        case .drained: isDrained = true
        }
    }

    private func endPurge() {
        let purge = purgesInFlight.remove(at: Int.random(in: purgesInFlight.indices, using: &random))
        if purge.batch.items.contains(where: { !poison.isDisjoint(with: $0.tags) }) {
            let refused = ItemOutcome.failed(PurgeFailure(.permanentItem, "400 bad key", status: 400))
            return send(.purged(purge.number, .each(purge.batch.items.map { _ in refused })))
        }
        guard Int.random(in: 0..<100, using: &random) >= failurePercent else {
            let failed = ItemOutcome.failed(PurgeFailure(.transient, "503 Service Unavailable", status: 503))
            return send(.purged(purge.number, .each(purge.batch.items.map { _ in failed })))
        }
        for tag in purge.batch.items.flatMap(\.tags) {
            acknowledgedTags[edges[purge.edge].name, default: []].insert(tag)
        }
        send(.purged(purge.number, .acknowledged))
    }

    private func endLetter() {
        let entry = lettersInFlight.remove(at: Int.random(in: lettersInFlight.indices, using: &random))
        let isStored = Int.random(in: 0..<100, using: &random) >= deliveryFailurePercent
        if isStored { letters.append(entry.letter) }
        send(.delivered(entry.number, isStored: isStored))
    }

    private func endDeferral() {
        let entry = deferralsInFlight.remove(at: Int.random(in: deferralsInFlight.indices, using: &random))
        let isStored = Int.random(in: 0..<100, using: &random) >= deliveryFailurePercent
        if isStored { store(entry.deferral) }
        send(.delivered(entry.number, isStored: isStored))
    }

    func store(_ deferral: Deferral) {
        let source = SourcePartition(tier: deferral.tier, partition: deferral.partition)
        deferrals.append(deferral)
        log[source, default: []].append(
            IncomingRecord(
                position: RecordPosition(source: source, offset: Int64(log[source, default: []].count)),
                original: deferral.original, content: .success(deferral.invalidation), retry: deferral.note))
    }

    static func retries(of partition: SourcePartition) -> [SourcePartition] {
        (0..<4).map { SourcePartition(tier: $0, partition: partition.partition) }
    }

    private func endReport() {
        let entry = reportsInFlight.remove(at: Int.random(in: reportsInFlight.indices, using: &random))
        let isStored = Int.random(in: 0..<100, using: &random) >= deliveryFailurePercent
        if isStored { reports[entry.report.id, default: []].append(entry.report) }
        send(.delivered(entry.number, isStored: isStored))
    }
}
