package import Invalidations
import Kafka
package import Runtime
import TopicCatalogue

/// The worker's consumer: its partitions, their records decoded, and commits.
package final class RecordSource {
    package enum Event {
        case assigned([AssignedPartition])
        case revoked([SourcePartition])
        case commitFailed([SourcePartition])
    }

    /// A partition that is ours, and where the next record is read.
    struct Partition {
        let source: SourcePartition
        var next: TopicPartitionOffset.Start
    }

    enum CommitWay {
        /// The answer comes when it comes.
        case inPassing
        /// It is waited for: the partitions are about to be given up.
        case atOnce
        /// Somebody else owns the partitions.
        case not
    }

    private static let startTimeout = Duration.seconds(30)
    /// Of each partition. Memory is bounded by this times the partitions of all topics. It is more than a second's
    /// work of a worker that purges, because the library rests for one when a queue is full.
    private static let prefetchKilobytes = 1_024
    private static let closeDeadline = Duration.seconds(5)

    let configuration: WorkerConfiguration
    let topics: SourceTopics
    let log: Log
    let consumer: KafkaConsumer
    let decoder: RecordDecoder

    var partitions: [Partition] = []
    /// Its places are those of `partitions`.
    var order: ReadingOrder
    /// Are to be read again from elsewhere, before anything else is read.
    var rewound: Set<SourcePartition> = []
    /// Read and not handed out yet.
    var batch: [IncomingRecord] = []

    /// Handed to Kafka and not answered yet.
    var uncommitted: [SourcePartition: CommitPoint] = [:]
    var commitWay = CommitWay.inPassing
    /// Whether `close` is what comes after the partitions are taken away.
    package var isLeaving = false
    /// Told of every commit that Kafka has taken.
    package var onCommitted: ((SourcePartition, _ offset: Int64) -> Void)?

    package init(_ configuration: WorkerConfiguration, log: Log) throws {
        self.configuration = configuration
        self.log = log
        topics = configuration.topics
        decoder = RecordDecoder(topics)
        order = ReadingOrder([], weights: [])
        var tuning = ConsumerTuning(group: configuration.group)
        tuning.sessionTimeout = configuration.sessionTimeout
        tuning.statisticsInterval = .zero
        tuning.queuedKilobytesMax = Self.prefetchKilobytes
        consumer = try KafkaConsumer(configuration.kafka, tuning)
    }

    /// - Parameter topics: by topic, written to when records of it come; everything else comes with `descriptor`.
    package func wake(on descriptor: Int32, topics descriptors: [Int32]) {
        consumer.wake(on: descriptor, topics: Dictionary(uniqueKeysWithValues: zip(topics.names, descriptors)))
    }

    /// - Parameter body: gets the assignment, where it needs no group.
    /// - Throws: `WorkerError` for topics that do not fit together.
    package func start(_ body: (Event) -> Void) throws {
        let counts = try consumer.partitionCounts(timeout: Self.startTimeout)
        try CoPartitioning.check(counts, of: topics)
        switch configuration.intake {
        case .group: try consumer.subscribe(topics.names)
        case .allPartitions:
            let all = topics.names.flatMap { name in
                (0..<(counts[name] ?? 0)).map { TopicPartition(name, Int32($0)) }
            }
            try assign(all, body)
        }
    }

    /// Takes in what happened to the assignment and to commits.
    package func pollControl(_ body: (Event) -> Void) throws {
        var events: [ConsumerEvent] = []
        while consumer.poll(max: 64, { events.append($0) }) == 64 {}
        for event in events { try take(event, body) }
    }

    /// Commits what is not known to be committed, and leaves the group.
    package func close() {
        commitWay = .atOnce
        if !uncommitted.isEmpty { commit(uncommitted) }
        if !consumer.close(deadline: Self.closeDeadline) {
            log.warning("the group was not left in time; it notices when the session times out")
        }
    }

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
}
