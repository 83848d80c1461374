public import Invalidations
public import Kafka
public import Replays

/// Batch of records of the view's topics, which one transaction writes.
///
/// Records are folded as far as that goes without the view.
public struct ProjectionBatch: Sendable {
    /// Publications and progress, folded by request.
    public private(set) var records: [RequestIdentity: StatusRecord] = [:]
    public private(set) var deadLetters: [DeadLetterEntry] = []
    /// Each stands behind its dead letter, in an earlier batch or in this one.
    public private(set) var discards: [DiscardMark] = []
    /// Orders and states, folded by run.
    public private(set) var runs = RunTable()
    /// For each partition, the offset behind the last record read.
    public private(set) var nextOffsets: [TopicPartition: Int64] = [:]
    public private(set) var caughtUp: [TopicPartition: Timestamp] = [:]
    /// How many records were read.
    public private(set) var count = 0
    /// How many edges its publications and progress have named, each time they were: what it takes in memory.
    public private(set) var edgeCount = 0

    public init() {}

    public var isEmpty: Bool { nextOffsets.isEmpty && caughtUp.isEmpty }

    public mutating func add(_ progress: Progress, from partition: TopicPartition, offset: Int64) {
        add(StatusRecord(progress), from: partition, offset: offset)
    }

    /// - Parameter news: what one record alone says of a request.
    public mutating func add(_ news: StatusRecord, from partition: TopicPartition, offset: Int64) {
        passOver(partition, offset)
        edgeCount += news.edges.count
        let known = records[news.identity]
        records[news.identity] = known.map { StatusFold.join($0, news) } ?? news
    }

    public mutating func add(_ deadLetter: DeadLetterEntry, from partition: TopicPartition, offset: Int64) {
        passOver(partition, offset)
        deadLetters.append(deadLetter)
    }

    /// A mark that stands before what it names discards nothing.
    public mutating func add(_ discard: DiscardMark, from partition: TopicPartition, offset: Int64) {
        passOver(partition, offset)
        if discard.offset < offset { discards.append(discard) }
    }

    public mutating func add(_ control: ControlRecord, from partition: TopicPartition, offset: Int64) {
        passOver(partition, offset)
        runs.fold(control)
    }

    /// Counts a record that says nothing to the view, or cannot be read.
    public mutating func passOver(_ partition: TopicPartition, _ offset: Int64) {
        count += 1
        nextOffsets[partition] = max(nextOffsets[partition] ?? 0, offset + 1)
    }

    /// Moves a partition's position over records that are not there.
    public mutating func skip(_ partition: TopicPartition, to offset: Int64) {
        nextOffsets[partition] = max(nextOffsets[partition] ?? 0, offset)
    }

    /// Notes that with this batch everything is folded that the partition held at that time.
    public mutating func markCaughtUp(_ partition: TopicPartition, at time: Timestamp) {
        caughtUp[partition] = max(caughtUp[partition] ?? time, time)
    }

    public mutating func removeAll() {
        records.removeAll(keepingCapacity: true)
        deadLetters.removeAll(keepingCapacity: true)
        discards.removeAll(keepingCapacity: true)
        runs = RunTable()
        nextOffsets.removeAll(keepingCapacity: true)
        caughtUp.removeAll(keepingCapacity: true)
        (count, edgeCount) = (0, 0)
    }
}
