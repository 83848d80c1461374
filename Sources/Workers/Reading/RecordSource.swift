package import Invalidations
package import Kafka
package import Runtime
import TopicCatalogue

/// The worker's consumers: their partitions, their records decoded, and commits.
package final class RecordSource {
    package enum Event {
        case assigned([AssignedPartition])
        case revoked([SourcePartition])
        case commitFailed([SourcePartition])
        /// The group as it is when it gives partitions out, before they are read.
        case joined(GroupDescription)
    }

    /// A partition that is ours, and where the next record is read.
    struct Partition {
        let source: SourcePartition
        var next: Int64
        /// Nil where nobody knows.
        var mark: LogMark?
        /// Whether brokers stamp the records.
        var keepsTimes = true
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
    private static let closeDeadline = Duration.seconds(5)

    let configuration: WorkerConfiguration
    let topics: SourceTopics
    let log: Log
    let consumer: any RecordConsumer

    var partitions: [Partition] = []
    /// Its places are those of `partitions`.
    var order: ReadingOrder
    var indices: [SourcePartition: Int] = [:]
    /// Are to be read again from elsewhere, before anything else is read.
    var rewound: Set<SourcePartition> = []
    /// Their logs went back while they were read, to which offset as far as is known: everything begins anew, before
    /// anything else is read.
    var distrusted: [SourcePartition: Int64?] = [:]
    /// Counts the assignments, so that late answers are recognized.
    var assignmentNumber = 0
    /// Nil where no group shares partitions out.
    let observer: (any ClusterObserver)?
    /// What was last said of the topics.
    var topicsFault: WorkerError?
    /// Read and not handed out yet.
    var batch: [IncomingRecord] = []

    /// Handed to Kafka and not answered yet.
    var uncommitted: [SourcePartition: CommitPoint] = [:]
    var commitWay = CommitWay.inPassing
    /// Whether `close` is what comes after the partitions are taken away.
    package var isLeaving = false
    /// Told of every commit that Kafka has taken.
    package var onCommitted: ((SourcePartition, _ offset: Int64) -> Void)?
    /// Told of each partition whose log is not the one whose offsets were committed.
    package var onLogGoneBack: (() -> Void)?

    package init(
        _ configuration: WorkerConfiguration, consumer: any RecordConsumer, observer: (any ClusterObserver)?, log: Log
    ) {
        self.configuration = configuration
        self.consumer = consumer
        self.observer = observer
        self.log = log
        topics = configuration.topics
        order = ReadingOrder([], weights: [])
    }

    /// - Parameter body: gets the assignment, where it needs no group.
    /// - Throws: `WorkerError` for topics that do not fit together.
    package func startReading(_ body: (Event) -> Void) throws {
        let counts = try consumer.partitionCounts(timeout: Self.startTimeout)
        try CoPartitioning.check(counts, of: topics)
        try consumer.warmUp(timeout: Self.startTimeout)
        switch configuration.partitionSource {
        case .group: try consumer.subscribe(topics.names)
        case .allPartitions:
            let all = topics.names.flatMap { name in
                (0..<(counts[name] ?? 0)).map { TopicPartition(name, Int32($0)) }
            }
            try acceptAssignment(all, body)
        }
    }

    /// Takes in what happened to the assignment and to commits.
    package func pollControl(_ body: (Event) -> Void) throws {
        var events: [ConsumerEvent] = []
        consumer.poll { events.append($0) }
        for event in events { try handleEvent(event, body) }
        if !distrusted.isEmpty, !isLeaving { try beginAnew(body) }
    }

    /// Commits what is not known to be committed, and leaves the group.
    package func close() {
        commitWay = .atOnce
        if !uncommitted.isEmpty { commit(uncommitted) }
        if !consumer.close(deadline: Self.closeDeadline) {
            log.warning("the group was not left in time; it notices when the session times out")
        }
    }

    private func handleEvent(_ event: ConsumerEvent, _ body: (Event) -> Void) throws {
        switch event {
        case .assigned(let list): try acceptAssignment(list, body)
        case .revoked(let list, let isLost): try revoke(list, isLost: isLost, body)
        case .committed(let results): committed(results, body)
        case .error(let error): log.warning("kafka", ["kafka.error": error])
        case .fatal(let error): throw error
        case .log(let line): log.debug(line.message, ["kafka.facility": line.facility])
        case .endOfPartition, .statistics: break
        }
    }
}
