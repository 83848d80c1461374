/// Reads frozen ranges of partitions side by side, outside of any group.
///
/// It belongs to one thread, commits nothing, and never touches the offsets of a group. Records of aborted transactions
/// are left out. What was removed before it was read, and what an open transaction holds back, is in the answer of
/// `read`.
public final class LogRangeReader {
    /// How many records of one partition are handed out before it is another's turn.
    private static let roundMax = 256

    let consumer: KafkaConsumer
    /// Sees past open transactions, so that it tells them from a log that went back.
    let observer: KafkaConsumer
    private let wake: WakeChannel
    /// The ranges' partitions, in the order in which they are read.
    let partitions: [TopicPartition]
    var cursors: [TopicPartition: LogRangeCursor]
    private var paused: Set<TopicPartition> = []
    private var firstOfRound = 0
    /// Partitions that Kafka has stopped reading, though they are assigned.
    var stopped: Set<TopicPartition> = []
    /// Not before: a question that failed is asked anew, but not at once.
    var nextQuery = ContinuousClock.now

    /// - Parameters:
    ///   - ranges: one for each partition; of several the last counts.
    ///   - memoryMax: bytes that may be fetched ahead, for all partitions together. Each gets at least a mebibyte.
    /// - Throws: `invalidConfiguration`.
    public convenience init(
        _ configuration: KafkaConfiguration, _ ranges: [LogRange], memoryMax: Int = 64 << 20
    ) throws(KafkaError) {
        try self.init(configuration, ranges, memoryMax: memoryMax, readsUncommitted: false)
    }

    init(
        _ configuration: KafkaConfiguration, _ ranges: [LogRange], memoryMax: Int, readsUncommitted: Bool
    ) throws(KafkaError) {
        cursors = Dictionary(ranges.map { ($0.partition, LogRangeCursor($0)) }) { $1 }
        partitions = cursors.keys.sorted()
        var tuning = ConsumerTuning()
        tuning.reportsEndOfPartition = true
        tuning.readsUncommitted = readsUncommitted
        tuning.statisticsInterval = .zero
        tuning.queuedKilobytesMax = max(1_024, (memoryMax >> 10) / max(1, partitions.count))
        consumer = try KafkaConsumer(configuration, tuning)
        observer = try KafkaConsumer(configuration, .observer)
        wake = try WakeChannel()
        consumer.wake(on: wake.writeEnd)
    }

    deinit { close(deadline: .seconds(1)) }

    /// Stops reading and frees everything.
    public func close(deadline: Duration) {
        consumer.close(deadline: deadline)
        observer.close(deadline: deadline)
    }

    /// The next offset of each partition that has not been handed out: what to go on from.
    public var positions: [TopicPartition: Int64] { cursors.mapValues(\.next) }

    /// Hands out no more of this partition until `resume`. What has been fetched ahead stays in memory.
    public func pause(_ partition: TopicPartition) { paused.insert(partition) }

    public func resume(_ partition: TopicPartition) { paused.remove(partition) }

    /// Hands out records, of each partition in its order. Waits for the first at most `timeout`, and longer only while
    /// Kafka does not answer a question, at most five seconds. The closure must not call the reader.
    ///
    /// - Throws: `failed(.offsetOutOfRange)` when a partition's log went back, such as that of a topic that was deleted
    ///   and made anew; `failed(.unknownTopicOrPartition)`; `fatal`. The reader is of no use then.
    public func read(
        max: Int, timeout: Duration, _ body: (borrowing KafkaRecord) -> Void
    ) throws(KafkaError) -> LogRangeProgress {
        let deadline = Deadline(timeout)
        var progress = LogRangeProgress()
        let open = partitions.filter { cursors[$0]?.hasEnded == false }
        let stalledBefore = stalled.count
        while true {
            try compareUnclear(&progress)
            try collectEvents(&progress)
            try handOut(max: max, &progress, body)
            progress.isComplete = cursors.values.allSatisfy(\.hasEnded)
            progress.ended = open.filter { cursors[$0]?.hasEnded == true }
            progress.stalled = stalled
            if progress.isNews || progress.stalled.count > stalledBefore || deadline.hasPassed { return progress }
            // Events like the end of a partition need a question first, and nobody wakes us for that.
            let pause = hasUnclear ? Deadline(nextQuery - .now).millisecondsLeft : Int32.max
            wake.waitForWake(min(deadline.millisecondsLeft, pause))
        }
    }

    private var hasUnclear: Bool { cursors.values.contains { $0.isUnclear } }

    private var stalled: [LogRangeProgress.Stalled] {
        partitions.compactMap { partition in
            guard let cursor = cursors[partition], case .stalled(let since) = cursor.state else { return nil }
            return LogRangeProgress.Stalled(partition: partition, offset: cursor.next, since: since)
        }
    }

    private func collectEvents(_ progress: inout LogRangeProgress) throws(KafkaError) {
        var fatal: KafkaError?
        let max = 64
        var count = max
        // All of them: only what comes after there was nothing wakes us.
        while count == max {
            count = consumer.poll(max: max) { event in
                switch event {
                case .endOfPartition(let partition, let offset): cursors[partition]?.reachEnd(at: offset)
                case .error(let error): progress.problems.append(error)
                case .fatal(let error): fatal = error
                case .assigned, .revoked, .committed, .log, .statistics: break
                }
            }
        }
        if let fatal { throw fatal }
        if let missing = progress.problems.first(where: \.isOfMissingTopic) { throw missing }
    }

    /// In rounds, so that no partition holds up the others.
    private func handOut(
        max: Int, _ progress: inout LogRangeProgress, _ body: (borrowing KafkaRecord) -> Void
    ) throws(KafkaError) {
        var hasMore = true
        while hasMore, progress.records < max {
            hasMore = false
            for index in partitions.indices where progress.records < max {
                let partition = partitions[(firstOfRound + index) % partitions.count]
                guard !paused.contains(partition), cursors[partition]?.hasEnded == false else { continue }
                let count = min(Self.roundMax, max - progress.records)
                if try handOut(partition, max: count, &progress, body) { hasMore = true }
            }
            firstOfRound = partitions.isEmpty ? 0 : (firstOfRound + 1) % partitions.count
        }
    }

    /// - Returns: whether more may wait.
    private func handOut(
        _ partition: TopicPartition, max: Int, _ progress: inout LogRangeProgress,
        _ body: (borrowing KafkaRecord) -> Void
    ) throws(KafkaError) -> Bool {
        guard var cursor = cursors[partition] else { return false }
        var records = 0
        defer {
            progress.records += records
            cursors[partition] = cursor
        }
        do throws(KafkaError) {
            let drained = try consumer.records(of: partition, max: max) { record in
                guard cursor.accepts(record.offset) else { return }
                records += 1
                body(record)
            }
            if let end = drained.end { cursor.reachEnd(at: end) }
            return !drained.isEmpty && !cursor.hasEnded
        } catch {
            guard error.code == .offsetOutOfRange || error.code == .noStartOffset else {
                if error.isOfMissingTopic { throw error }
                progress.problems.append(error)
                return true
            }
            cursor.leaveRange()
            stopped.insert(partition)
            return false
        }
    }
}
