internal import Kafka
internal import Runtime
internal import TopicCatalogue

/// Membership in the group of cache nodes, and the partitions' records.
///
/// How far a partition is flushed stands in the database, in the transaction that wrote the rows. Where the database
/// keeps rows alone, the group commits it.
final class GroupMembership {
    enum Event {
        case assigned([Int32])
        case revoked
    }

    private static let answerTimeout = Duration.seconds(10)
    /// So many records of a partition at a time.
    private static let readMax = 256

    private let consumer: KafkaConsumer
    private let log: Log
    /// What Kafka said last, until it answers once more.
    private var complaint: String?
    private var nextCheck = MonotonicTime.now()
    private var isAssigned = false

    private static let checkInterval = Duration.seconds(2)

    init(_ configuration: FollowerConfiguration, wake: WakePipe, log: Log) throws {
        self.log = log
        var tuning = ConsumerTuning(group: FollowerConfiguration.group)
        tuning.sessionTimeout = configuration.sessionTimeout
        tuning.queuedRecordsMin = 10_000
        tuning.queuedKilobytesMax = 2_048
        tuning.reportsEndOfPartition = true
        // The owner's own writes do not wait to be read back: fewer and larger answers spare the broker.
        tuning.fetchBytesMin = 65_536
        tuning.statisticsInterval = .zero
        consumer = try KafkaConsumer(configuration.kafka, tuning)
        try consumer.warmUp(timeout: .seconds(30))
        consumer.wake(on: wake.writeDescriptor)
        try consumer.subscribe([TopicName.cacheWrites])
    }

    /// Why partitions are not followed; nil while all is well.
    var problem: String? { complaint ?? (isAssigned ? nil : "the group has not given partitions to this process yet") }

    /// Asks Kafka now and then while there is a complaint: a trouble that has passed is not told.
    func check() {
        guard complaint != nil, MonotonicTime.now() >= nextCheck else { return }
        nextCheck = .now() + Self.checkInterval
        if (try? consumer.partitionCounts(timeout: .seconds(1))) != nil { complaint = nil }
    }

    /// - Throws: what ends the session.
    func takeEvents() throws -> [Event] {
        var events: [Event] = []
        var fatal: KafkaError?
        consumer.poll(max: 1_000) { event in
            switch event {
            case .assigned(let partitions):
                (complaint, isAssigned) = (nil, true)
                events.append(.assigned(partitions.map(\.partition)))
            case .revoked:
                isAssigned = false
                events.append(.revoked)
            case .fatal(let error): fatal = error
            case .error(let error):
                complaint = "\(error)"
                log.warning("Kafka has a problem", ["error": "\(error)"])
            case .log(let line):
                log.log(line.level <= 4 ? .warning : .debug, line.message, ["kafka.facility": line.facility])
            case .committed(let results):
                for result in results {
                    guard let error = result.error else { continue }
                    // The next owner reads more of the log than it had to.
                    log.warning("a position of the writes is not committed", ["error": "\(error)"])
                }
            case .endOfPartition, .statistics: break
            }
        }
        if let fatal { throw fatal }
        return events
    }

    /// Commits without waiting. Kafka refuses it where the partition belongs to another member by now.
    func commit(_ partition: Int32, _ position: GroupPosition) {
        do throws(KafkaError) {
            try consumer.commit([
                CommitOffset(
                    TopicPartition(TopicName.cacheWrites, partition), offset: position.offset,
                    metadata: position.metadata)
            ])
        } catch {
            log.warning("a position of the writes is not committed", ["error": "\(error)"])
        }
    }

    /// Answers an assignment, before it is known where to begin.
    func acceptAssignment() throws { try consumer.acceptAssignment([]) }

    func acceptRevocation() throws { try consumer.acceptRevocation() }

    /// Reads these partitions from there on, and no others.
    func follow(_ positions: [Int32: Int64]) throws {
        try consumer.assignPartitions(
            positions.sorted { $0.key < $1.key }.map {
                TopicPartitionOffset(TopicPartition(TopicName.cacheWrites, $0.key), .at($0.value))
            })
    }

    /// What the partitions hold now.
    func watermarks(_ partitions: [Int32]) throws -> [Int32: Watermarks] {
        let asked = partitions.map { TopicPartition(TopicName.cacheWrites, $0) }
        let marks = try consumer.watermarks(of: asked, timeout: Self.answerTimeout)
        return Dictionary(uniqueKeysWithValues: marks.map { ($0.key.partition, $0.value) })
    }

    /// - Parameter offset: what stands before it is passed over.
    /// - Returns: records in their order, and the offset behind the last one that was read or passed over; nil where
    ///   nothing was, and the end of the partition was not reached either.
    func read(_ partition: Int32, from offset: Int64) throws -> (records: [LogRecord], end: Int64?) {
        var records: [LogRecord] = []
        var end: Int64?
        let drained = try consumer.records(of: TopicPartition(TopicName.cacheWrites, partition), max: Self.readMax) {
            if $0.offset >= offset { records.append(LogRecord($0)) }
            end = $0.offset &+ 1
        }
        return (records, drained.end ?? end)
    }

    /// Leaves the group, for two seconds at most.
    func close() {
        if !consumer.close(deadline: .seconds(2)) { log.warning("the consumer did not close in time") }
    }
}
