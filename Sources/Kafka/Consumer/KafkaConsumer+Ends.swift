// Beginnings and ends of partitions.
extension KafkaConsumer {
    /// Where partitions end now: the offset behind the last record of each, as their leaders say. One question to each
    /// leader, however many partitions it has. It stands in line behind what the consumer fetches from that broker, so
    /// a caller that does not want to wait asks a consumer that fetches nothing.
    ///
    /// - Throws: `timedOut`, or the first partition's error.
    public func ends(
        of partitions: [TopicPartition], timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        try client.ends(of: partitions, timeout: timeout)
    }

    /// Where partitions begin now: the offset of the oldest record of each. As `ends`.
    public func beginnings(
        of partitions: [TopicPartition], timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        try client.beginnings(of: partitions, timeout: timeout)
    }

    /// Where a partition that is read ends, as the broker has said with the last records. Asks nobody.
    ///
    /// - Returns: nil before the broker has said anything.
    public func knownEnd(of partition: TopicPartition) -> Int64? {
        client.knownEnd(of: partition)
    }
}
