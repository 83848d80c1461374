internal import Invalidations

/// Everything that Kafka keeps: invalidation, replay and retry topics, dead letters and progress.
struct SimulatedLog {
    let partitionCount: Int
    /// By `index(_:)`.
    private(set) var partitions: [LogPartition]
    private(set) var deadLetters: [DeadLetter] = []
    private(set) var progress: [Progress] = []
    private var sequence = 0

    init(tiers: Int, partitionCount: Int) {
        self.partitionCount = partitionCount
        partitions = Array(
            repeating: LogPartition(), count: (SourcePartition.replayTopic + 1 + tiers) * partitionCount)
    }

    /// Where a partition stands in lists of all of them.
    func index(_ source: SourcePartition) -> Int { source.topic * partitionCount + Int(source.partition) }

    func source(_ index: Int) -> SourcePartition {
        SourcePartition(topic: index / partitionCount, partition: Int32(index % partitionCount))
    }

    /// All partitions of that number, the most urgent topic first.
    func indices(ofPartition partition: Int) -> [Int] {
        Array(stride(from: partition, to: partitions.count, by: partitionCount))
    }

    mutating func append(
        _ source: SourcePartition, original: OriginalRecord, headers: [RecordHeader],
        content: Result<Invalidation, InvalidationError>, retry: RetryMetadata?, request: Int?, now: SimulatedTime
    ) -> LogRecord {
        let slot = index(source)
        let record = LogRecord(
            source: source, offset: partitions[slot].nextOffset, storedAt: now, sequence: sequence,
            original: original, headers: headers, content: content, retry: retry, request: request)
        sequence += 1
        partitions[slot].append(record)
        return record
    }

    mutating func append(_ deadLetter: DeadLetter) {
        sequence += 1
        deadLetters.append(deadLetter)
    }

    mutating func append(_ progress: Progress) {
        sequence += 1
        self.progress.append(progress)
    }

    mutating func skip(_ source: SourcePartition, _ count: Int64) {
        partitions[index(source)].skip(count)
    }

    mutating func cutEnd(_ index: Int, _ count: Int) -> [LogRecord] { partitions[index].cutEnd(count) }

    mutating func remake(_ index: Int) -> [LogRecord] { partitions[index].remake() }

    mutating func truncate(_ index: Int, below slot: Int) {
        partitions[index].truncate(below: slot)
    }
}
