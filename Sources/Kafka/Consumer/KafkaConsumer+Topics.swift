internal import CKafka

// Partition counts of the cluster's topics.
extension KafkaConsumer {
    /// How many partitions each of the cluster's topics has now.
    ///
    /// - Throws: `timedOut` with the last thing that went wrong.
    public func partitionCounts(timeout: Duration) throws(KafkaError) -> [String: Int] {
        let deadline = Deadline(timeout)
        while true {
            var answer: UnsafePointer<rd_kafka_metadata>?
            let code = rd_kafka_metadata(client.handle, 1, nil, &answer, deadline.millisecondsLeft)
            if code == RD_KAFKA_RESP_ERR_NO_ERROR, let answer {
                defer { rd_kafka_metadata_destroy(answer) }
                let topics = ClusterMetadata(answer.pointee, client.naming).topics.filter { !$0.partitions.isEmpty }
                return Dictionary(topics.map { ($0.name, $0.partitions.count) }) { $1 }
            }
            guard !deadline.hasPassed else { throw client.explained(code, "metadata") }
        }
    }
}
