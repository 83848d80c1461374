internal import Kafka
internal import Mappings
internal import Runtime

/// Source of foreign events: the membership in the group, the partitions, and how far each is done.
final class EventSource {
    private static let answerTimeout = Duration.seconds(10)

    private let configuration: BridgeConfiguration
    private let consumer: KafkaConsumer
    private let log: Log
    private var windows: [TopicPartition: OffsetWindow] = [:]
    private var committed: [TopicPartition: Int64] = [:]
    /// Partitions that an event stopped, and why.
    private var stopped: [TopicPartition: String] = [:]
    /// What Kafka said of the topics last, until partitions are assigned.
    private var complaint: String?
    /// The partition that the next read begins with.
    private var turn = 0
    private var nextCommit = MonotonicTime.now()

    init(_ configuration: BridgeConfiguration, wake: WakePipe, log: Log) throws {
        self.configuration = configuration
        self.log = log
        var tuning = ConsumerTuning(group: configuration.groupOnCluster)
        tuning.sessionTimeout = configuration.sessionTimeout
        // Requests are published faster than they are read, so a short queue is enough.
        tuning.queuedRecordsMin = 10_000
        tuning.queuedKilobytesMax = 2_048
        tuning.statisticsInterval = .zero
        consumer = try KafkaConsumer(configuration.foreignKafka, tuning)
        try consumer.warmUp(timeout: .seconds(30))
        consumer.wake(on: wake.writeDescriptor)
        try consumer.subscribe(configuration.topics)
    }

    /// Why some of the topics are not read; nil while all are.
    var problem: String? { stopped.min { $0.key < $1.key }?.value ?? complaint }

    /// Answers the group.
    ///
    /// - Parameter handOver: called before partitions go, to end what is open; not for lost ones.
    func takeEvents(handOver: () throws -> Void) throws {
        var events: [ConsumerEvent] = []
        consumer.poll(max: 1_000) { events.append($0) }
        for event in events {
            switch event {
            case .assigned(let partitions): try accept(partitions)
            case .revoked(_, let isLost):
                if !isLost {
                    try handOver()
                    commitNow()
                }
                try drop()
            case .fatal(let error): throw error
            case .error(let error):
                complaint = "\(error)"
                log.warning("Kafka has a problem", ["error": "\(error)"])
            case .log(let line):
                log.log(line.level <= 4 ? .warning : .debug, line.message, ["kafka.facility": line.facility])
            case .committed(let results):
                let failures = results.filter { $0.error != nil }
                for failure in failures { committed[failure.partition] = nil }
                guard let error = failures.first?.error else { continue }
                log.warning("offsets were not committed: events may be published twice", ["error": "\(error)"])
            case .endOfPartition, .statistics: break
            }
        }
    }

    /// Hands out waiting records, a share of each partition in turn.
    ///
    /// - Parameter body: answers how many requests the record is to wait for; nil stops the partition at the record.
    /// - Returns: how many records were taken; 0 if none is waiting.
    func read(max count: Int, _ body: (borrowing KafkaRecord) -> Int?) throws -> Int {
        let partitions = windows.keys.filter { stopped[$0] == nil }.sorted()
        guard !partitions.isEmpty else { return 0 }
        var taken = 0
        let share = max(1, count / partitions.count)
        for index in partitions.indices where taken < count {
            let partition = partitions[(turn + index) % partitions.count]
            taken += try consumer.records(of: partition, max: min(share, count - taken)) { record in
                // What stands behind a record that stopped the partition is not looked at.
                guard stopped[partition] == nil else { return }
                guard let requests = body(record) else { return }
                windows[partition]?.add(record.offset, requests: requests)
            }.count
        }
        turn = (turn + 1) % partitions.count
        return taken
    }

    func complete(_ partition: TopicPartition, _ offset: Int64) { windows[partition]?.complete(offset) }

    /// Reads the partition no further, until the bridge begins anew.
    func stop(_ partition: TopicPartition, _ reason: String) { stopped[partition] = reason }

    /// Commits now and then, without waiting for the answer.
    func commitIfDue() throws {
        guard MonotonicTime.now() >= nextCommit else { return }
        nextCommit = .now() + configuration.commitInterval
        let offsets = uncommitted()
        try consumer.commit(offsets)
        for offset in offsets { committed[offset.partition] = offset.offset }
    }

    /// Commits what is done, and waits for the answer. Without one events are published twice, and none is lost.
    func commitNow() {
        do {
            try consumer.commitSync(uncommitted(), timeout: .seconds(3))
        } catch {
            log.warning("offsets were not committed: events may be published twice", ["error": "\(error)"])
        }
    }

    /// Leaves the group, for two seconds at most.
    func close() {
        if !consumer.close(deadline: .seconds(2)) { log.warning("the consumer did not close in time") }
    }

    private func uncommitted() -> [CommitOffset] {
        windows.filter { committed[$0.key] != $0.value.committable }
            .map { CommitOffset($0.key, offset: $0.value.committable) }
    }

    private func drop() throws {
        windows = [:]
        committed = [:]
        stopped = [:]
        try consumer.acceptRevocation()
    }

    private func accept(_ partitions: [TopicPartition]) throws {
        let known = try knownOffsets(partitions)
        let marks = try consumer.watermarks(of: known.keys.sorted(), timeout: Self.answerTimeout)
        let topicsKnown = Set(known.filter { $0.value != nil }.keys.map(\.topic))
        var begun: [CommitOffset] = []
        (windows, committed) = ([:], [:])
        for (partition, offset) in known {
            guard let marks = marks[partition] else { continue }
            let start = StartingOffset(
                committed: offset, marks: marks, isTopicKnown: topicsKnown.contains(partition.topic),
                start: configuredStart(of: partition.topic))
            if let fault = start.fault { warn(fault, partition, from: offset, to: start.offset) }
            if offset == nil { begun.append(CommitOffset(partition, offset: start.offset)) }
            guard partitions.contains(partition) else { continue }
            windows[partition] = OffsetWindow(next: start.offset)
            if offset == nil || start.fault == nil { committed[partition] = start.offset }
        }
        complaint = nil
        try consumer.acceptAssignment(
            windows.map { TopicPartitionOffset($0.key, .at($0.value.next)) })
        commitBeginnings(begun)
        log.info("partitions are read", ["partitions": partitions.count])
    }

    /// So that what is published from now on is read, even if nobody is there when it is.
    private func commitBeginnings(_ begun: [CommitOffset]) {
        do {
            try consumer.commitSync(begun, timeout: Self.answerTimeout)
        } catch {
            // Those of this member are committed with the next offsets.
            for offset in begun { committed[offset.partition] = nil }
            log.warning("where topics are begun was not committed", ["error": "\(error)"])
        }
    }

    /// What the group has committed, of these partitions and of all others of topics that have some without an offset:
    /// only so a new topic is told from a new partition.
    private func knownOffsets(_ partitions: [TopicPartition]) throws -> [TopicPartition: Int64?] {
        var known = try committedOffsets(partitions)
        let unclear = Set(known.filter { $0.value == nil }.keys.map(\.topic))
        guard !unclear.isEmpty else { return known }
        let counts = try consumer.partitionCounts(timeout: Self.answerTimeout)
        let others = unclear.flatMap { topic in
            (0..<(counts[topic] ?? 0)).map { TopicPartition(topic, Int32(clamping: $0)) }
        }.filter { known[$0] == nil }
        known.merge(try committedOffsets(others)) { first, _ in first }
        let topicsKnown = Set(known.filter { $0.value != nil }.keys.map(\.topic))
        // Other members begin the partitions of a topic that is known already.
        return known.filter { partitions.contains($0.key) || $0.value != nil || !topicsKnown.contains($0.key.topic) }
    }

    private func committedOffsets(_ partitions: [TopicPartition]) throws -> [TopicPartition: Int64?] {
        guard !partitions.isEmpty else { return [:] }
        let offsets = try consumer.committed(partitions, timeout: Self.answerTimeout)
        return Dictionary(offsets.map { ($0.partition, $0.offset) }) { $1 }
    }

    private func configuredStart(of topic: String) -> Mapping.Start {
        configuration.mappings.contains { $0.topic == topic && $0.start == .earliest } ? .earliest : .latest
    }

    private func warn(_ fault: StartingOffset.Fault, _ partition: TopicPartition, from: Int64?, to: Int64) {
        let message =
            switch fault {
            case .deletedUnread: "events were removed from the topic before they were read"
            case .beyondEnd: "the topic ends before what was read of it: it is read from its beginning"
            }
        log.warning(
            message,
            [
                "kafka.topic": partition.topic, "kafka.partition": partition.partition, "committed": from ?? 0,
                "beginning": to,
            ])
    }
}
