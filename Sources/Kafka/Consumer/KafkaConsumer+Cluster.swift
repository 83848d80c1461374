internal import CKafka

// Which cluster it is.
extension KafkaConsumer {
    /// The cluster's own id, which no other one has; nil where it does not tell in time.
    public func clusterID(timeout: Duration) -> String? {
        guard let text = rd_kafka_clusterid(client.handle, Deadline(timeout).millisecondsLeft) else { return nil }
        defer { rd_kafka_mem_free(client.handle, text) }
        return String(cString: text)
    }
}
