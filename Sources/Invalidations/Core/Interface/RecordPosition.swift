/// A partition that a worker reads: the topic by its index in the worker's list of topics, which begins with the
/// invalidation topics, the most urgent first, and goes on with the replay topic and the retry topics, the shortest
/// delay first.
public struct SourcePartition: Hashable, Sendable {
    public var topic: Int
    public var partition: Int32

    public init(topic: Int, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    public init(tier: Int, partition: Int32) {
        self.init(topic: Self.replayTopic + 1 + tier, partition: partition)
    }

    /// The index of the replay topic.
    public static let replayTopic = Priority.allCases.count

    /// Whether its records are new requests; otherwise their headers say what is left of them.
    public var isInvalidation: Bool { topic < Self.replayTopic }

    public var isReplay: Bool { topic == Self.replayTopic }

    /// The retry topic's number, from 0; nil for the other topics.
    public var tier: Int? {
        let tier = topic - Self.replayTopic - 1
        return tier < 0 ? nil : tier
    }

    /// Nil for the replay topic and the retry topics: the headers of their records say it.
    public var priority: Priority? { isInvalidation ? Priority.allCases[topic] : nil }
}

/// Where a record stands in the log.
public struct RecordPosition: Hashable, Sendable {
    public var source: SourcePartition
    public var offset: Int64

    public init(source: SourcePartition, offset: Int64) {
        self.source = source
        self.offset = offset
    }
}
