/// A topic to be made.
public struct NewTopic: Hashable, Sendable {
    public var name: String
    public var partitions: Int
    /// Copies; nil for the cluster's default.
    public var replicationFactor: Int?
    public var config: [String: String]

    public init(_ name: String, partitions: Int, replicationFactor: Int? = nil, config: [String: String] = [:]) {
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.config = config
    }
}

/// What became of one topic of a request.
public struct TopicResult: Hashable, Sendable {
    public let topic: String
    /// Nil for success; `failed(.topicAlreadyExists)` is a common one.
    public let error: KafkaError?
}

/// A topic as the cluster has it.
public struct TopicDescription: Hashable, Sendable {
    public let name: String
    public let partitions: Int
    /// Of the partition with the fewest copies.
    public let replicationFactor: Int
    /// The settings in force, defaults included; empty where the cluster has no topic settings.
    public let config: [String: String]

    public init(name: String, partitions: Int, replicationFactor: Int, config: [String: String]) {
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.config = config
    }
}

/// Brokers and topics of a cluster.
public struct ClusterMetadata: Hashable, Sendable {
    public struct Broker: Hashable, Sendable {
        public let id: Int32
        public let host: String
        public let port: Int
    }

    public struct Topic: Hashable, Sendable {
        public let name: String
        public let partitions: [Partition]
        /// Why the topic cannot be used now, if it cannot.
        public let error: KafkaError?
    }

    public struct Partition: Hashable, Sendable {
        public let id: Int32
        /// The broker that takes writes; nil while there is none.
        public let leader: Int32?
        public let replicas: [Int32]
        public let inSync: [Int32]
    }

    public let brokers: [Broker]
    public let topics: [Topic]

    public func topic(_ name: String) -> Topic? { topics.first { $0.name == name } }
}

/// How far a group is behind in a partition.
public struct PartitionLag: Hashable, Sendable {
    public let partition: TopicPartition
    /// The next record that the group will read; nil when it has committed nothing.
    public let committed: Int64?
    public let watermarks: Watermarks

    /// Records still to be read. Without a commit, all that the partition holds.
    public var records: Int64 { max(0, watermarks.high - max(committed ?? watermarks.low, watermarks.low)) }
}
