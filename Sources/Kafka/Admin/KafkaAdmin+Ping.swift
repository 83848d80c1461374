internal import CKafka

// Asks the brokers whether they answer.
extension KafkaAdmin {
    /// Asks one of the brokers who the brokers are: the smallest question that shows that Kafka answers.
    ///
    /// - Throws: `timedOut`, or what else went wrong.
    public func ping(timeout: Duration) throws(KafkaError) {
        var answer: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(client.handle, 0, nil, &answer, timeout.milliseconds)
        if let answer { rd_kafka_metadata_destroy(answer) }
        rd_kafka_poll(client.handle, 0)
        // Nobody else takes the lines of a client that does nothing but this.
        _ = client.log.takeLines()
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw client.explained(code, "asking for the brokers") }
    }
}
