internal import Invalidations
internal import Kafka
internal import Replays
internal import TopicCatalogue
internal import Workers

/// What a run reads from the simulated log.
final class SimulatedRunRecords: RunRecords {
    private unowned let world: World
    private let run: SimulatedRun
    private let epoch: UInt32
    private let ends: [TopicPartition: Int64]
    private(set) var positions: [TopicPartition: Int64]

    init(_ world: World, _ run: SimulatedRun, _ order: RunOrder, epoch: UInt32, logs: [TopicPartition: PublishedLog]) {
        self.world = world
        self.run = run
        self.epoch = epoch
        ends = Dictionary(order.spec.ranges.map { ($0.partition, $0.end) }) { $1 }
        positions = logs.mapValues(\.next)
    }

    func prepare() throws -> RunReading { RunReading(isComplete: true) }

    func read(
        max: Int, wants: (RunOrigin) -> Bool, _ body: (RunOrigin, RunDecision<RunPublication>) throws -> Void
    ) throws -> (reading: RunReading, lost: Int64) {
        var (count, lost) = (0, Int64(0))
        for partition in ends.keys.sorted() where count < max {
            guard let end = ends[partition], var position = positions[partition],
                let source = world.topics.source(of: partition)
            else { continue }
            let held = world.log.partitions[world.log.index(source)]
            if position < held.startOffset {
                lost += min(held.startOffset, end) - position
                position = min(held.startOffset, end)
            }
            for record in held.records[held.slot(of: position)...] where record.offset < end && count < max {
                let origin = RunOrigin(partition: partition, number: record.offset)
                if wants(origin) { try body(origin, decision(on: record, origin)) }
                position = record.offset + 1
                count += 1
            }
            // Offsets without records, and what a log that went back does not have any more.
            if count < max { position = end }
            positions[partition] = position
        }
        let isComplete = ends.allSatisfy { positions[$0.key] ?? $0.value >= $0.value }
        return (RunReading(isComplete: isComplete, isBusy: count > 0), lost)
    }

    private func decision(on record: LogRecord, _ origin: RunOrigin) -> RunDecision<RunPublication> {
        guard let request = record.request.map({ world.oracle.requests[$0] }), request.replay == nil,
            !request.isExcused, !request.isCancel, let invalidation = request.invalidation
        else {
            run.passedOver.insert(origin)
            return .notMatched
        }
        run.requests[origin] = request.number
        let partition = origin.partition.partition
        let replay = Replay(
            run: run.id, generation: 0, replayedAt: Calendar.wall(world.now), statusID: statusID(record))
        let retry = RetryMetadata(
            origin: record.position, deferredAt: replay.replayedAt, notBefore: replay.replayedAt, parts: [],
            reason: .replay, replay: replay)
        let headers = ReplayHeaders.headers(
            replaying: retry, of: invalidation, original: record.original,
            from: (origin.partition.topic, partition, record.offset), epoch: epoch, topics: world.topics,
            runner: "runner")
        return .publish(
            RunPublication(
                origin: origin, key: record.original.key, value: record.original.value, headers: headers,
                identity: RequestIdentity(id: statusID(record), namespace: invalidation.namespace), generation: 0))
    }

    /// The same each time the run comes to the record.
    private func statusID(_ record: LogRecord) -> RequestID {
        RequestID(
            high: UInt64(run.number + 1) << 32 | 0x8000,
            low: UInt64(0b10) << 62 | UInt64(record.source.topic) << 48 | UInt64(record.source.partition) << 40
                | UInt64(record.offset))
    }

    func close() {}
}

/// The replay topic as a run writes it.
final class SimulatedRunTarget: RunTarget {
    private unowned let world: World
    private let run: SimulatedRun
    private let ownerNumber: Int
    private var deliveries: [Delivery] = []
    /// When the last record of each partition is stored: they are stored in the order in which they were sent.
    var storedAt: [Int32: SimulatedTime] = [:]
    /// Nothing of it reaches the broker until then.
    var isCutOffUntil: SimulatedTime?
    /// One record was not stored: none behind it is.
    var hasFailed = false
    /// Handed over, and not yet at the broker.
    var onTheirWay: [RunRecord] = []

    init(_ world: World, _ run: SimulatedRun, ownerNumber: Int) {
        self.world = world
        self.run = run
        self.ownerNumber = ownerNumber
    }

    func send(_ publication: RunPublication, token: UInt64) throws {
        let record = RunRecord(run, ownerNumber: ownerNumber, self, publication, token: token)
        onTheirWay.append(record)
        world.see(.runPublishes(record))
        world.post(record)
    }

    func tell(_ delivery: Delivery) { deliveries.append(delivery) }

    func takeDeliveries(_ body: (Delivery) -> Void) throws {
        let all = deliveries
        deliveries = []
        for delivery in all { body(delivery) }
    }

    func close() {}
}

/// What workers have committed, and what the view has of the run's requests.
final class SimulatedRunOutcomes: RunOutcomes {
    private unowned let world: World

    init(_ world: World) { self.world = world }

    func finished(_ partitions: [Int32]) throws -> [Int32: Int64] {
        Dictionary(partitions.map { ($0, world.finishedReplays(of: $0)) }) { $1 }
    }

    func record(_ identity: RequestIdentity) throws -> StatusRecord? { world.projector.rows[identity] }

    func close() {}
}
