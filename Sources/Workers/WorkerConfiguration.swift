public import Edges
public import Invalidations
public import Kafka

/// How a worker is set up.
public struct WorkerConfiguration: Sendable {
    /// How a worker comes by its partitions.
    public enum PartitionSource: Sendable {
        /// By the consumer group, which shares them out among all workers.
        case group
        /// All of them, at once: for a worker that is the only one, without the seconds that joining a group takes.
        case allPartitions
    }

    public var kafka: KafkaConfiguration
    public var edges: [EdgeConfiguration]
    /// The name in reports and dead letters.
    public var name: String
    public var group: String
    public var partitionSource: PartitionSource
    /// Told of every commit, in this process: the embedded cluster's guard needs to know what may be forgotten.
    public var onCommit: (@Sendable (_ topic: String, _ partition: Int32, _ offset: Int64) -> Void)?
    /// Unfinished bytes of one retry partition, beyond which nothing more is deferred to it; nil for any number. The
    /// embedded cluster drops the oldest of a partition beyond 5 MiB.
    public var retryBytesMax: Int?
    public var core: WorkerSettings
    /// How long the group waits for a silent worker before others take its partitions.
    public var sessionTimeout = Duration.seconds(15)
    /// How long the loop may hang before the group takes its partitions away; not below `sessionTimeout`.
    public var pollIntervalMax = Duration.seconds(300)
    /// How often the cluster is looked at: whether a log went back, partitions were added, members differ.
    public var watchInterval = Duration.seconds(10)
    /// Records taken from the log before anything else gets its turn.
    public var recordsPerTurn: ReadingPortion

    public init(
        kafka: KafkaConfiguration, edges: [EdgeConfiguration], name: String, group: String = "cachesync-worker",
        partitionSource: PartitionSource = .group, core: WorkerSettings = WorkerSettings(),
        recordsPerTurn: ReadingPortion = ReadingPortion()
    ) {
        self.kafka = kafka
        self.edges = edges
        self.name = name
        self.group = group
        self.partitionSource = partitionSource
        self.core = core
        self.recordsPerTurn = recordsPerTurn
    }

    /// Those it reads.
    package var topics: SourceTopics { SourceTopics(tiers: core.retryTiers.count) }
}
