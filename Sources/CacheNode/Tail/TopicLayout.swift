internal import Kafka

/// The partitions that the invalidation topics have now.
enum TopicLayout {
    /// - Throws: also where a topic does not exist.
    static func partitions(
        of topics: [String], _ consumer: KafkaConsumer, timeout: Duration
    ) throws(KafkaError) -> [TopicPartition] {
        let counts = try consumer.partitionCounts(timeout: timeout)
        var partitions: [TopicPartition] = []
        for topic in topics {
            guard let count = counts[topic] else {
                throw KafkaError.failed(.unknownTopicOrPartition, "the topic \(topic) does not exist")
            }
            partitions += (0..<count).map { TopicPartition(topic, Int32(clamping: $0)) }
        }
        return partitions
    }
}
