internal import CKafka

extension KafkaClient {
    /// Asks the partition's leader. The library may take longer than told when a leader moves.
    func watermarks(of partition: TopicPartition, timeout: Duration) throws(KafkaError) -> Watermarks {
        var low: Int64 = 0
        var high: Int64 = 0
        let code = rd_kafka_query_watermark_offsets(
            handle, partition.topic, partition.partition, &low, &high, timeout.milliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw explained(code, "watermarks of \(partition)") }
        return Watermarks(low: low, high: high)
    }
}
