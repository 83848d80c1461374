internal import CKafka

extension KafkaConsumer {
    /// Where partitions end now: the offset behind the last record of each, as their leaders say. One question to each
    /// leader, however many partitions it has. It stands in line behind what the consumer fetches from that broker, so
    /// whoever does not want to wait asks a consumer that fetches nothing.
    ///
    /// - Throws: `timedOut`, or the first partition's error.
    public func ends(
        of partitions: [TopicPartition], timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        try offsets(of: partitions, at: .end, timeout: timeout)
    }

    /// Where partitions begin now: the offset of the oldest record of each. As `ends`.
    public func beginnings(
        of partitions: [TopicPartition], timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        try offsets(of: partitions, at: .beginning, timeout: timeout)
    }

    private func offsets(
        of partitions: [TopicPartition], at place: TopicPartitionOffset.Start, timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        guard !partitions.isEmpty else { return [:] }
        // Brokers take these two for times that mean the beginning and the end.
        let list = PartitionList(partitions.map { TopicPartitionOffset($0, place) })
        let code = rd_kafka_offsets_for_times(client.handle, list.pointer, timeout.milliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw client.explained(code, "offsets of partitions") }
        var offsets: [TopicPartition: Int64] = [:]
        for element in list.pointer.elements {
            let partition = element.topicPartition
            try check(element.err, "offset of \(partition)")
            guard element.offset >= 0 else { throw .failed(.unknownTopicOrPartition, "offset of \(partition)") }
            offsets[partition] = element.offset
        }
        return offsets
    }
}
