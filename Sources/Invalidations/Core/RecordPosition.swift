/// A partition that a worker reads: the topic by its place in the worker's list of topics.
public struct SourcePartition: Hashable, Sendable {
    public var topic: Int
    public var partition: Int32

    public init(topic: Int, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }
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
