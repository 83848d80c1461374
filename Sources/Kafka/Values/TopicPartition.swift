/// One partition of one topic.
public struct TopicPartition: Hashable, Sendable, CustomStringConvertible {
    public let topic: String
    public let partition: Int32

    public init(_ topic: String, _ partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    public var description: String { "\(topic)/\(partition)" }
}

extension TopicPartition: Comparable {
    public static func < (left: TopicPartition, right: TopicPartition) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }
}

/// A partition and where to begin reading it.
public struct TopicPartitionOffset: Hashable, Sendable {
    public enum Start: Hashable, Sendable {
        /// Where the group left off; without a committed offset the partition reports an error.
        case committed
        case beginning
        case end
        /// The offset of the first record to read.
        case at(Int64)
    }

    public let partition: TopicPartition
    public let start: Start

    public init(_ partition: TopicPartition, _ start: Start) {
        self.partition = partition
        self.start = start
    }
}

/// An offset to commit: the next record to read, and what the reader wants to remember with it.
public struct CommitOffset: Hashable, Sendable {
    /// Below a broker's default limit of 4,096 bytes: a completed-offset set of three quarters of it, and what stands
    /// before it.
    public static let metadataBytesMax = 3_200

    public let partition: TopicPartition
    public let offset: Int64
    /// ASCII without zeros, at most `metadataBytesMax` bytes.
    public let metadata: String

    public init(_ partition: TopicPartition, offset: Int64, metadata: String = "") {
        self.partition = partition
        self.offset = offset
        self.metadata = metadata
    }
}

/// What a group has committed for a partition.
public struct CommittedOffset: Hashable, Sendable {
    public let partition: TopicPartition
    /// The next record to read; nil when nothing was committed.
    public let offset: Int64?
    public let metadata: String

    public init(partition: TopicPartition, offset: Int64?, metadata: String) {
        self.partition = partition
        self.offset = offset
        self.metadata = metadata
    }
}

/// The outcome of a commit for one partition.
public struct CommitResult: Hashable, Sendable {
    public let partition: TopicPartition
    public let offset: Int64
    /// Nil when the broker has stored it.
    public let error: KafkaError?

    public init(partition: TopicPartition, offset: Int64, error: KafkaError?) {
        self.partition = partition
        self.offset = offset
        self.error = error
    }
}

/// The offsets that a partition holds now.
public struct Watermarks: Hashable, Sendable {
    /// The first record that is still there.
    public let low: Int64
    /// The next record to be written.
    public let high: Int64

    public init(low: Int64, high: Int64) {
        self.low = low
        self.high = high
    }
}
