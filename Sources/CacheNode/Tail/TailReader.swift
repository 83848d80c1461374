internal import Gateway
internal import Kafka
internal import Runtime

/// Reads the invalidation topics without a group, and remembers how far, across connections.
final class TailReader {
    private static let timeout = Duration.seconds(5)

    private let kafka: KafkaConfiguration
    private let topics: [String]
    private let streamed: String?
    private let wake: WakePipe
    private let log: Log
    private let beginsAtStart: Bool
    private var consumer: KafkaConsumer?
    private var partitions: [TopicPartition] = []
    /// How gateways tell positions with their events; nil where it is not known.
    private(set) var layout: PositionLayout?
    /// The next offset of each partition.
    private(set) var positions: [TopicPartition: Int64] = [:]
    /// Where the partitions ended when it connected.
    private(set) var ends: [TopicPartition: Int64] = [:]
    /// The cluster's own id; nil where it does not tell, or nobody asks.
    private(set) var cluster: String?
    /// The partition that the next read begins with.
    private var turn = 0
    private var asksCluster = false

    /// - Parameters:
    ///   - streamed: another topic whose positions gateways tell beside those of `topics`.
    ///   - beginsAtStart: whether it reads all that the log has, the first time.
    init(
        _ kafka: KafkaConfiguration, topics: [String], streamed: String? = nil, wake: WakePipe, log: Log,
        beginsAtStart: Bool = false
    ) {
        self.beginsAtStart = beginsAtStart
        self.kafka = kafka
        self.topics = topics
        self.streamed = streamed
        self.wake = wake
        self.log = log
    }

    var isConnected: Bool { consumer != nil }

    /// Begins behind what an earlier process has applied.
    ///
    /// - Parameter cluster: whose log that was.
    func resume(at positions: [TopicPartition: Int64], of cluster: String?) {
        (self.positions, self.cluster) = (positions, cluster)
        asksCluster = true
    }

    /// Reads from where it was. The first time it begins at the end of the log, unless all is wanted: nothing older
    /// concerns a store that is empty.
    ///
    /// - Returns: false where the log no longer has what comes next: all in the store may be stale.
    /// - Throws: `KafkaError`
    func connect() throws -> Bool {
        close()
        let consumer = try KafkaConsumer(kafka, .tail)
        let partitions = try TopicLayout.partitions(of: topics, consumer, timeout: Self.timeout)
        // Without it readers wait for the end of the log instead of a position.
        layout = streamed.flatMap { try? TopicLayout.partitions(of: topics + [$0], consumer, timeout: Self.timeout) }
            .map { PositionLayout($0) }
        let marks = try consumer.watermarks(of: partitions, timeout: Self.timeout)
        let isFirst = positions.isEmpty
        var isWhole = true
        var next: [TopicPartition: Int64] = [:]
        for partition in partitions {
            let mark = marks[partition] ?? Watermarks(low: 0, high: 0)
            switch positions[partition] {
            case nil: next[partition] = isFirst && !beginsAtStart ? mark.high : mark.low
            case let position? where (mark.low...max(mark.low, mark.high)).contains(position):
                next[partition] = position
            default:
                isWhole = false
                next[partition] = mark.high
            }
        }
        if positions.keys.contains(where: { next[$0] == nil }) { isWhole = false }
        if asksCluster {
            let found = consumer.clusterID(timeout: Self.timeout)
            if !isFirst, cluster != found {
                isWhole = false
                for (partition, mark) in marks { next[partition] = mark.high }
            }
            cluster = found
        }
        consumer.wake(on: wake.writeDescriptor)
        try consumer.assignPartitions(next.map { TopicPartitionOffset($0.key, .at($0.value)) })
        (self.consumer, self.partitions, positions) = (consumer, partitions, next)
        ends = marks.mapValues(\.high)
        return isWhole
    }

    /// Takes waiting records, a share of each partition in turn.
    ///
    /// - Returns: false when more may be waiting.
    /// - Throws: `KafkaError` when it has to connect anew.
    func read(max count: Int, _ body: (borrowing KafkaRecord) -> Void) throws -> Bool {
        guard let consumer else { return true }
        try consumer.takeTailEvents(log: log)
        let share = max(1, count / max(1, partitions.count))
        var isEmpty = true
        for _ in partitions.indices {
            let partition = partitions[turn % partitions.count]
            turn = (turn + 1) % partitions.count
            var position = positions[partition] ?? 0
            defer { positions[partition] = position }
            let drained = try consumer.records(of: partition, max: share) { record in
                // A broker that repeats itself tells nothing new.
                guard record.offset >= position else { return }
                body(record)
                position = record.offset + 1
            }
            if let end = drained.end { position = max(position, end) }
            if !drained.isEmpty { isEmpty = false }
        }
        return isEmpty
    }

    /// What is open is dropped.
    func close() {
        _ = consumer?.close(deadline: .seconds(1))
        consumer = nil
    }
}
