/// A partition that a worker reads: the topic by its place in the worker's list of topics, which begins with
/// the invalidation topics, the most urgent first, and goes on with the retry topics, the shortest delay first.
public struct SourcePartition: Hashable, Sendable {
    public var topic: Int
    public var partition: Int32

    public init(topic: Int, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    public init(tier: Int, partition: Int32) {
        self.init(topic: Priority.allCases.count + tier, partition: partition)
    }

    /// Nil for an invalidation topic, otherwise the retry topic's number, from 0.
    public var tier: Int? {
        let tier = topic - Priority.allCases.count
        return tier < 0 ? nil : tier
    }

    /// Nil for a retry topic: its records keep the priority they were published with.
    public var priority: Priority? { tier == nil ? Priority.allCases[topic] : nil }
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
