internal import Invalidations
internal import Kafka
internal import Workers

/// Consumer of a simulated worker: reads the simulated log, and is a member of the simulated group.
final class SimulatedConsumer: RecordConsumer {
    private unowned let world: World
    private unowned let worker: SimulatedWorker
    /// Events that the loop has not taken.
    private var events: [ConsumerEvent] = []
    /// By the log's partitions, the offset of the next record to hand out; nil for those that are not read.
    private(set) var positions: [Int64?]
    /// By the log's partitions, when a fetch failed the last time: each failure is told once.
    private var failedAt: [SimulatedTime?]
    /// Partitions whose logs went back behind what was fetched. The library fetches all the time: it fails before the
    /// log has grown that far again.
    private var lost: Set<Int> = []

    init(_ world: World, _ worker: SimulatedWorker) {
        self.world = world
        self.worker = worker
        positions = Array(repeating: nil, count: world.log.partitions.count)
        failedAt = Array(repeating: nil, count: world.log.partitions.count)
    }

    /// The log's partitions that are read, by their places in it.
    var assigned: [Int] { positions.indices.filter { positions[$0] != nil } }

    func logWentBack(_ index: Int) {
        if let position = positions[index], position > world.log.partitions[index].nextOffset { lost.insert(index) }
    }

    func push(_ event: ConsumerEvent) { events.append(event) }

    func partitionCounts(timeout: Duration) -> [String: Int] {
        world.partitionCounts
    }

    func warmUp(timeout: Duration) {}

    func subscribe(_ topics: [String]) { world.join(worker) }

    func poll(_ body: (ConsumerEvent) -> Void) {
        guard worker.isRunning else { return }
        let taken = events
        events.removeAll()
        for event in taken { body(event) }
    }

    func assignPartitions(_ partitions: [TopicPartitionOffset]) {
        positions = Array(repeating: nil, count: positions.count)
        lost = []
        for partition in partitions {
            guard let source = world.topics.source(of: partition.partition), case .at(let offset) = partition.start
            else { continue }
            positions[world.log.index(source)] = offset
        }
        world.planTurn(worker, after: .millisecond)
    }

    func acceptRevocation() {
        guard worker.isRunning else { return }
        positions = Array(repeating: nil, count: positions.count)
        world.gaveUp(worker)
    }

    func records(
        of source: SourcePartition, max: Int, _ body: (IncomingRecord, _ storedAt: Int64?) -> Void
    ) throws(KafkaError) -> DrainedRecords {
        let index = world.log.index(source)
        var drained = DrainedRecords(isEmpty: true)
        guard worker.isRunning, let position = positions[index] else { return drained }
        let partition = world.log.partitions[index]
        guard partition.canRead(from: position), position <= partition.nextOffset, !lost.contains(index) else {
            guard failedAt[index] != world.now else { return drained }
            failedAt[index] = world.now
            // It is fetched again, in vain.
            world.planTurn(worker, after: 500 * .millisecond)
            throw .failed(.offsetOutOfRange, "offset \(position)")
        }
        var slot = partition.slot(of: position)
        while slot < partition.records.count, drained.count < max {
            let record = partition.records[slot]
            positions[index] = record.offset + 1
            world.counts.read += 1
            body(world.decode(record, for: worker), record.brokerTime)
            drained.count += 1
            slot += 1
        }
        drained.isEmpty = slot >= partition.records.count
        return drained
    }

    func commit(_ offsets: [CommitOffset]) {
        guard worker.isRunning else { return }
        let isTaken = world.commit(offsets, worker)
        let results = offsets.map {
            CommitResult(partition: $0.partition, offset: $0.offset, error: isTaken ? nil : Self.refused)
        }
        let pause: ClosedRange<SimulatedTime> =
            isTaken ? .millisecond...5 * .millisecond : .millisecond...2 * .second
        world.after(world.brokerRandom.time(pause), .told(worker, .committed(results)))
    }

    func commitSync(_ offsets: [CommitOffset], timeout: Duration) throws(KafkaError) {
        guard worker.isRunning else { return }
        guard world.commit(offsets, worker) else { throw Self.refused }
    }

    private static let refused = KafkaError.failed(KafkaErrorCode(rawValue: 22), "commit")

    func committed(_ partitions: [TopicPartition], timeout: Duration) -> [CommittedOffset] {
        partitions.map { partition in
            let point = world.topics.source(of: partition).flatMap { world.group.committed[world.log.index($0)] }
            return CommittedOffset(partition: partition, offset: point?.offset, metadata: point?.metadata ?? "")
        }
    }

    func watermarks(of partitions: [TopicPartition], timeout: Duration) -> [TopicPartition: Watermarks] {
        var marks: [TopicPartition: Watermarks] = [:]
        for partition in partitions {
            guard let source = world.topics.source(of: partition) else { continue }
            let log = world.log.partitions[world.log.index(source)]
            marks[partition] = Watermarks(low: log.startOffset, high: log.nextOffset)
        }
        return marks
    }

    func offsets(newerThan times: [TopicPartition: Int64], timeout: Duration) -> [TopicPartition: Int64] {
        world.offsets(newerThan: times)
    }

    func close(deadline: Duration) -> Bool {
        world.leave(worker)
        return true
    }
}
