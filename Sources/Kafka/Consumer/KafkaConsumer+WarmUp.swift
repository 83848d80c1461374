internal import CKafka

// Finds the leaders of partitions before they are read.
extension KafkaConsumer {
    /// Learns which broker leads which partition, so that partitions assigned next are read at once. Without it
    /// the library finds out by a timer, up to a second later.
    ///
    /// - Throws: `timedOut` with the last thing that went wrong.
    public func warmUp(timeout: Duration) throws(KafkaError) {
        let deadline = Deadline(timeout)
        while true {
            var answer: UnsafePointer<rd_kafka_metadata>?
            let code = rd_kafka_metadata(client.handle, 1, nil, &answer, deadline.millisecondsLeft)
            if let answer { rd_kafka_metadata_destroy(answer) }
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
            guard !deadline.hasPassed else { throw client.explained(code, "metadata") }
        }
    }
}
