import Invalidations
import Kafka
import Runtime
import TopicCatalogue

/// The worker's consumer: its partitions, their records decoded, and commits.
final class RecordSource {
    enum Event {
        /// Each with the offset of its next record.
        case assigned([SourcePartition: Int64])
        case revoked([SourcePartition])
        case commitFailed([SourcePartition])
    }

    /// For looking up and committing offsets while a group waits.
    private static let offsetTimeout = Duration.seconds(10)
    private static let offsetTries = 6
    private static let startTimeout = Duration.seconds(30)
    /// Of each partition. Memory is bounded by this times the partitions of three topics. It is more than a second's
    /// work of a worker that purges, because the library rests for one when a queue is full.
    private static let prefetchKilobytes = 1_024
    private static let closeDeadline = Duration.seconds(5)

    private let configuration: WorkerConfiguration
    private let log: Log
    private let consumer: KafkaConsumer
    private let decoder = InvalidationDecoder()
    /// The core knows topics by their place here.
    private let topics = TopicName.invalidations
    /// The partitions that are ours, in the order in which they are read, each with its next offset.
    private var partitions: [(source: SourcePartition, next: Int64?)] = []
    /// Where the next read begins, so that no partition is always the last.
    private var turn = 0
    /// Handed to Kafka and not answered yet.
    private var uncommitted: [SourcePartition: Int64] = [:]
    private var isRevoking = false
    private var batch: [IncomingRecord] = []
    /// Whether records may wait in the partitions' queues: they wake the loop only when an empty queue fills.
    private(set) var isWaiting = false

    init(_ configuration: WorkerConfiguration, log: Log) throws {
        self.configuration = configuration
        self.log = log
        var tuning = ConsumerTuning(group: configuration.group)
        tuning.sessionTimeout = configuration.sessionTimeout
        tuning.statisticsInterval = .zero
        tuning.queuedKilobytesMax = Self.prefetchKilobytes
        consumer = try KafkaConsumer(configuration.kafka, tuning)
    }

    func wake(on descriptor: Int32) {
        consumer.wake(on: descriptor)
    }

    /// - Parameter body: gets the assignment, where it needs no group.
    func start(_ body: (Event) -> Void) throws {
        try consumer.warmUp(timeout: Self.startTimeout)
        switch configuration.intake {
        case .group: try consumer.subscribe(topics)
        case .allPartitions: try assign(everyPartition(), body)
        }
    }

    /// Takes in what happened to the assignment and to commits.
    func pollControl(_ body: (Event) -> Void) throws {
        var events: [ConsumerEvent] = []
        while consumer.poll(max: 64, { events.append($0) }) == 64 {}
        for event in events { try take(event, body) }
    }

    /// Hands out decoded records, at most `max`.
    func read(max: Int, _ body: (IncomingRecord) -> Void) throws {
        isWaiting = false
        var left = max
        for step in 0..<partitions.count {
            let place = (turn + step) % partitions.count
            guard left > 0 else {
                isWaiting = true
                turn = place
                return
            }
            try read(partition: place, max: left)
            left -= batch.count
            for record in batch { body(record) }
            batch.removeAll(keepingCapacity: true)
        }
    }

    /// Everything below each offset is finished. The answer comes as an event if it is a refusal.
    func commit(_ offsets: [SourcePartition: Int64]) {
        let list = offsets.map { CommitOffset(kafka($0.key), offset: $0.value) }
        do {
            if isRevoking {
                try consumer.commitSync(list, timeout: Self.offsetTimeout)
                told(list)
            } else {
                uncommitted.merge(offsets) { $1 }
                try consumer.commit(list)
            }
        } catch {
            // Nothing is lost: whoever reads the partition next reads a little more again.
            log.warning("offsets not committed", ["kafka.error": error])
        }
    }

    /// Commits what is not known to be committed, and leaves the group.
    func close() {
        isRevoking = true
        if !uncommitted.isEmpty { commit(uncommitted) }
        if !consumer.close(deadline: Self.closeDeadline) {
            log.warning("the group was not left in time; it notices when the session times out")
        }
    }

    // MARK: - Assignment

    private func take(_ event: ConsumerEvent, _ body: (Event) -> Void) throws {
        switch event {
        case .assigned(let list): try assign(list, body)
        case .revoked(let list, let isLost): try revoke(list, isLost: isLost, body)
        case .committed(let results): committed(results, body)
        case .error(let error): log.warning("kafka", ["kafka.error": error])
        case .fatal(let error): throw error
        case .log(let line): log.debug(line.message, ["kafka.facility": line.facility])
        case .endOfPartition, .statistics: break
        }
    }

    private func assign(_ list: [TopicPartition], _ body: (Event) -> Void) throws {
        var offsets: [SourcePartition: Int64] = [:]
        var starts: [TopicPartitionOffset] = []
        for committed in try committedOffsets(list) {
            guard let source = source(committed.partition) else { continue }
            // A group that never committed begins with the oldest record: skipping any would lose a purge.
            offsets[source] = committed.offset ?? 0
            starts.append(TopicPartitionOffset(committed.partition, committed.offset.map { .at($0) } ?? .beginning))
        }
        partitions = offsets.keys.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }.map { ($0, nil) }
        log.info("assigned", ["partitions": partitions.count])
        body(.assigned(offsets))
        try consumer.acceptAssignment(starts)
        isWaiting = true
    }

    private func revoke(_ list: [TopicPartition], isLost: Bool, _ body: (Event) -> Void) throws {
        log.info(isLost ? "partitions lost" : "partitions revoked", ["partitions": list.count])
        // Of lost partitions nothing can be committed: somebody else may be ahead of us.
        isRevoking = !isLost
        body(.revoked(partitions.map(\.source)))
        isRevoking = false
        partitions = []
        uncommitted = [:]
        try consumer.acceptRevocation()
    }

    /// Tried several times, because a group often rebalances just while a broker is away.
    private func committedOffsets(_ list: [TopicPartition]) throws -> [CommittedOffset] {
        for attempt in 1... {
            do {
                return try consumer.committed(list, timeout: Self.offsetTimeout)
            } catch {
                guard attempt < Self.offsetTries else { throw error }
                log.warning("cannot look up committed offsets, trying again", ["kafka.error": error])
            }
        }
        preconditionFailure("the last attempt returns or throws")
    }

    private func everyPartition() -> [TopicPartition] {
        topics.flatMap { topic in
            (0..<(TopicCatalogue.definition(named: topic)?.partitions ?? 0)).map { TopicPartition(topic, Int32($0)) }
        }
    }

    private func committed(_ results: [CommitResult], _ body: (Event) -> Void) {
        var refused: [SourcePartition] = []
        for result in results {
            guard let source = source(result.partition) else { continue }
            if let error = result.error {
                log.warning("offset not committed, will be tried again", ["kafka.error": error])
                refused.append(source)
            } else {
                told([CommitOffset(result.partition, offset: result.offset)])
            }
        }
        if !refused.isEmpty { body(.commitFailed(refused)) }
    }

    private func told(_ list: [CommitOffset]) {
        for offset in list {
            if let source = source(offset.partition), uncommitted[source] == offset.offset { uncommitted[source] = nil }
            configuration.onCommit?(offset.partition.topic, offset.partition.partition, offset.offset)
        }
    }

    // MARK: - Records

    /// Fills `batch` from one partition.
    private func read(partition place: Int, max: Int) throws {
        let source = partitions[place].source
        do {
            let drained = try consumer.records(of: kafka(source), max: max) { record in
                batch.append(decode(record, from: source))
            }
            if !drained.isEmpty { isWaiting = true }
        } catch {
            try recover(place, from: error)
        }
        if let last = batch.last { partitions[place].next = last.position.offset + 1 }
    }

    private func decode(_ record: borrowing KafkaRecord, from source: SourcePartition) -> IncomingRecord {
        let time = record.timestamp.map { Timestamp(milliseconds: $0) } ?? .now()
        let content: Result<Invalidation, InvalidationError>
        if let value = record.value {
            content = Result { () throws(InvalidationError) in try decoder.decode(record: value, time: time) }
        } else {
            content = .failure(InvalidationError(.malformed, "the record has no value"))
        }
        return IncomingRecord(
            position: RecordPosition(source: source, offset: record.offset),
            original: OriginalRecord(
                key: record.key.map { Array($0) }, value: record.value.map { Array($0) },
                headers: record.headers.map { RecordHeader(name: $0.name, value: $0.value) }),
            content: content)
    }

    /// The place to read from is gone: retention took records that nobody had read. That cannot be mended here,
    /// only said aloud; what is still there is read.
    private func recover(_ place: Int, from error: KafkaError) throws {
        guard error.code == .offsetOutOfRange || error.code == .noStartOffset else {
            return log.warning("kafka", ["kafka.error": error])
        }
        log.error(
            "records were deleted before they were read: raise the topic's retention or add workers",
            ["kafka.partition": kafka(partitions[place].source), "kafka.error": error])
        partitions[place].next = nil
        try consumer.acceptAssignment(
            partitions.enumerated().map { number, partition in
                let isGone = number == place
                return TopicPartitionOffset(
                    kafka(partition.source), isGone ? .beginning : partition.next.map { .at($0) } ?? .committed)
            })
    }

    // MARK: - Names

    private func kafka(_ source: SourcePartition) -> TopicPartition {
        TopicPartition(topics[source.topic], source.partition)
    }

    private func source(_ partition: TopicPartition) -> SourcePartition? {
        topics.firstIndex(of: partition.topic).map { SourcePartition(topic: $0, partition: partition.partition) }
    }
}
