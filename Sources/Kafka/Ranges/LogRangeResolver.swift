/// Looks up which offsets the bounds of ranges mean now.
///
/// By records' own times: where a topic keeps its publishers' times they need not ascend, and a bound is the first
/// record that is at least so young. Every call waits for its answer; one thread at a time may call.
public final class LogRangeResolver {
    private let configuration: KafkaConfiguration
    private let consumer: KafkaConsumer

    /// - Throws: `invalidConfiguration`.
    public init(_ configuration: KafkaConfiguration) throws(KafkaError) {
        self.configuration = configuration
        consumer = try KafkaConsumer(configuration, .observer)
    }

    deinit { consumer.close(deadline: .seconds(1)) }

    /// All partitions of these topics.
    ///
    /// - Throws: `failed(.unknownTopicOrPartition)`, `timedOut`.
    public func partitions(
        of topics: [String], timeout: Duration = .seconds(10)
    ) throws(KafkaError) -> [TopicPartition] {
        let counts = try consumer.partitionCounts(timeout: timeout)
        var partitions: [TopicPartition] = []
        for topic in topics {
            guard let count = counts[topic] else { throw .failed(.unknownTopicOrPartition, "topic \(topic)") }
            partitions += (0..<Int32(clamping: count)).map { TopicPartition(topic, $0) }
        }
        return partitions
    }

    /// Freezes the ranges of some partitions, in the partitions' order. What open transactions have written belongs to
    /// them: a reader waits there until the transactions have ended.
    ///
    /// - Throws: `timedOut`, or a partition's error.
    public func resolve(
        _ bounds: [TopicPartition: LogBounds], timeout: Duration = .seconds(30)
    ) throws(KafkaError) -> [ResolvedRange] {
        let deadline = Deadline(timeout)
        let partitions = bounds.keys.sorted()
        let watermarks = try asking(deadline) { (left) throws(KafkaError) in
            try consumer.watermarks(of: partitions, timeout: left)
        }
        let from = try offsets(bounds.compactMapValues(\.from.time), watermarks, deadline)
        let until = try offsets(bounds.compactMapValues(\.until.time), watermarks, deadline)
        // Only a partition that has lost records can have lost some of those.
        let shortened = bounds.keys.filter { bounds[$0]?.from.time != nil && (watermarks[$0]?.low ?? 0) > 0 }
        let firstTimes = try firstTimes(shortened, watermarks, deadline)
        return partitions.compactMap { partition in
            guard let marks = watermarks[partition], let bounds = bounds[partition] else { return nil }
            let resolution = LogRangeResolution(
                watermarks: marks, fromOffset: from[partition], untilOffset: until[partition],
                firstTime: firstTimes[partition])
            return resolution.resolve(bounds, of: partition)
        }
    }

    /// The first offset that is at least so young, for the partitions that have one.
    private func offsets(
        _ times: [TopicPartition: Int64], _ watermarks: [TopicPartition: Watermarks], _ deadline: Deadline
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        let times = times.filter { watermarks[$0.key]?.isEmpty == false }
        var (found, silent) = try answers(times, deadline)
        guard !silent.isEmpty else { return found }
        // Either no record is so young, or the cluster knows no times, as the embedded one: then it does not even know
        // a record since 1970.
        let known = try answers(silent.mapValues { _ in 0 }, deadline).offsets
        silent = silent.filter { known[$0.key] == nil }
        found.merge(try offsetsByReading(silent, watermarks, deadline)) { $1 }
        return found
    }

    private func answers(
        _ times: [TopicPartition: Int64], _ deadline: Deadline
    ) throws(KafkaError) -> (offsets: [TopicPartition: Int64], silent: [TopicPartition: Int64]) {
        let answers = try asking(deadline) { (left) throws(KafkaError) in
            var offsets: [TopicPartition: Int64?] = [:]
            for (partition, answer) in try consumer.offsetsForTimes(times, timeout: left) {
                offsets[partition] = .some(try answer.get())
            }
            return offsets
        }
        return (answers.compactMapValues { $0 }, times.filter { answers[$0.key] == .some(nil) })
    }

    private func offsetsByReading(
        _ times: [TopicPartition: Int64], _ watermarks: [TopicPartition: Watermarks], _ deadline: Deadline
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        try firstRecords(Array(times.keys), watermarks, deadline) { record in
            guard let time = times[record.partition], (record.timestamp ?? .min) >= time else { return nil }
            return record.offset
        }
    }

    private func firstTimes(
        _ partitions: [TopicPartition], _ watermarks: [TopicPartition: Watermarks], _ deadline: Deadline
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        try firstRecords(partitions, watermarks, deadline) { $0.timestamp }
    }

    /// Reads each partition until `body` has a value of it, or to its high watermark.
    private func firstRecords(
        _ partitions: [TopicPartition], _ watermarks: [TopicPartition: Watermarks], _ deadline: Deadline,
        _ body: (borrowing KafkaRecord) -> Int64?
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        let ranges = partitions.compactMap { partition in
            watermarks[partition].map { LogRange(partition, from: $0.low, to: $0.high) }
        }
        guard !ranges.allSatisfy(\.isEmpty) else { return [:] }
        let reader = try LogRangeReader(configuration, ranges, memoryMax: 64 << 20, readsUncommitted: true)
        defer { reader.close(deadline: .seconds(1)) }
        var found: [TopicPartition: Int64] = [:]
        var ended = Set(ranges.filter(\.isEmpty).map(\.partition))
        while ranges.contains(where: { found[$0.partition] == nil && !ended.contains($0.partition) }) {
            guard !deadline.hasPassed else { throw .timedOut("reading the first records of \(ranges[0].partition)") }
            let left = Duration.milliseconds(deadline.millisecondsLeft)
            let progress = try reader.read(max: 10_000, timeout: left) { record in
                guard found[record.partition] == nil, let value = body(record) else { return }
                found[record.partition] = value
            }
            ended.formUnion(progress.ended)
            for partition in found.keys { reader.pause(partition) }
        }
        return found
    }

    /// Asks anew while leaders move: the library does not look for the new leader by itself.
    private func asking<R>(
        _ deadline: Deadline, _ question: (Duration) throws(KafkaError) -> R
    ) throws(KafkaError) -> R {
        while true {
            let left = Duration.milliseconds(max(100, deadline.millisecondsLeft))
            do throws(KafkaError) {
                return try question(left)
            } catch {
                guard error.code?.isOfMovingLeader == true, !deadline.hasPassed else { throw error }
            }
            consumer.poll(timeout: .milliseconds(100)) { _ in }
            try consumer.warmUp(timeout: left)
        }
    }
}

extension LogBound {
    fileprivate var time: Int64? {
        if case .time(let time) = self { time } else { nil }
    }
}

extension Watermarks {
    fileprivate var isEmpty: Bool { low >= high }
}

extension KafkaErrorCode {
    /// The partition has another leader than the one that was asked, or none for a moment.
    fileprivate var isOfMovingLeader: Bool {
        // LEADER_NOT_AVAILABLE, NOT_LEADER_FOR_PARTITION, FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH,
        // OFFSET_NOT_AVAILABLE
        [5, 6, 74, 75, 78].contains(rawValue) || self == .transport
    }
}
