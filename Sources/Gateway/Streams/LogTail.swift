internal import Kafka
internal import Runtime

/// Tail of the topics that live events come from.
///
/// It is read without a group, from a little before the ends.
final class LogTail {
    /// How many records of each partition are read again at the start, so that clients can resume.
    private static let recordsBefore: Int64 = 512
    private static let timeout = Duration.seconds(5)

    let layout: PositionLayout
    /// Where the tail has begun, by partition in the layout's order.
    let starts: [Int64]
    /// Whether the log holds older records than those from `starts` on.
    let isCut: [Bool]
    /// Where the partitions ended at the start.
    private let ends: [Int64]
    /// The next offset of each partition.
    private(set) var positions: [Int64]
    private let consumer: KafkaConsumer
    /// The partition that the next read begins with.
    private var turn = 0
    private let log: Log

    /// Asks the brokers where the topics begin and end, and waits for the answers.
    ///
    /// - Throws: `KafkaError`
    init(_ kafka: KafkaConfiguration, topics: [String], wake: WakePipe, log: Log) throws {
        self.log = log
        consumer = try KafkaConsumer(kafka, .tail)
        let counts = try consumer.partitionCounts(timeout: Self.timeout)
        layout = PositionLayout(
            try topics.flatMap { topic in
                guard let count = counts[topic] else {
                    throw KafkaError.failed(.unknownTopicOrPartition, "the topic \(topic) does not exist")
                }
                return (0..<count).map { TopicPartition(topic, Int32(clamping: $0)) }
            })
        let marks = try consumer.watermarks(of: layout.partitions, timeout: Self.timeout)
        let ranges = layout.partitions.map { marks[$0] ?? Watermarks(low: 0, high: 0) }
        ends = ranges.map(\.high)
        let starts = ranges.map { max($0.low, $0.high - Self.recordsBefore) }
        (self.starts, positions) = (starts, starts)
        isCut = zip(starts, ranges).map { $0 > $1.low }
        consumer.wake(on: wake.writeDescriptor)
        try consumer.assignPartitions(zip(layout.partitions, starts).map { TopicPartitionOffset($0, .at($1)) })
    }

    /// Whether all has been read that was there at the start.
    var isFilled: Bool { zip(positions, ends).allSatisfy { $0 >= $1 } }

    /// Records that the brokers have and that were not read yet.
    var lag: Int64 {
        layout.partitions.indices.reduce(0) { $0 + max(0, knownEnd($1) - positions[$1]) }
    }

    /// Where a partition ends, as far as the broker has said; never before what was read.
    func knownEnd(_ partition: Int) -> Int64 {
        max(positions[partition], consumer.knownEnd(of: layout.partitions[partition]) ?? 0)
    }

    /// Takes waiting records, a share of each partition in turn.
    ///
    /// - Parameter body: gets each record, its partition's place in the layout and its offset; the position of the
    ///   partition is behind the record already.
    /// - Returns: false when more may be waiting.
    /// - Throws: `KafkaError` when the tail has lost its place, or is of no use any more.
    func read(max count: Int, _ body: (borrowing KafkaRecord, Int) -> Void) throws -> Bool {
        try consumer.takeTailEvents(log: log)
        let partitions = layout.partitions
        let share = max(1, count / partitions.count)
        var isEmpty = true
        for _ in partitions.indices {
            let index = turn
            turn = (turn + 1) % partitions.count
            let drained = try consumer.records(of: partitions[index], max: share) { record in
                // A broker that repeats itself tells nothing new.
                guard record.offset >= positions[index] else { return }
                positions[index] = record.offset + 1
                body(record, index)
            }
            if let end = drained.end { positions[index] = max(positions[index], end) }
            if !drained.isEmpty { isEmpty = false }
        }
        return isEmpty
    }

    /// Ends within a second; what is open is dropped.
    func close() {
        _ = consumer.close(deadline: .seconds(1))
    }
}
