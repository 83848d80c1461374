internal import CKafka
internal import Glibc
internal import Synchronization

// Finds partitions and gets an identity before records are sent.
extension KafkaProducer {
    /// Waits until records for `topics` can be sent without delay: partitions known, identity assigned. Without
    /// it, the first record may take a second.
    ///
    /// - Throws: `failed` when a topic does not exist, `timedOut` with the last thing that went wrong.
    public func warmUp(topics names: [String], timeout: Duration) throws(KafkaError) {
        let deadline = Deadline(timeout)
        for name in names {
            let topic = try topics.topic(name)
            topic.partitions.store(try partitionCount(of: topic, name, deadline), ordering: .relaxed)
        }
        client.log.collect()
        while !client.log.hasProducerIdentity {
            if let fatal = client.fatalError { throw fatal }
            guard !deadline.hasPassed else {
                throw client.explained(RD_KAFKA_RESP_ERR__TIMED_OUT, "the producer's identity")
            }
            usleep(2_000)
            client.log.collect()
        }
    }

    /// Takes over how many partitions the topics have now, so that records can be sent to those that were added.
    /// From any thread.
    public func updatePartitionCounts(_ counts: [String: Int]) throws(KafkaError) {
        for (name, count) in counts {
            let topic = try topics.topic(name)
            if topic.partitions.load(ordering: .relaxed) > 0 {
                topic.partitions.store(Int32(clamping: count), ordering: .relaxed)
            }
        }
    }

    /// How many partitions the topic has; nil before the producer was warmed up for it.
    public func partitions(of topic: String) throws(KafkaError) -> Int? {
        let count = try topics.topic(topic).partitions.load(ordering: .relaxed)
        return count == 0 ? nil : Int(count)
    }

    private func partitionCount(
        of topic: ProducerTopic, _ name: String, _ deadline: Deadline
    ) throws(KafkaError) -> Int32 {
        // A topic made a moment ago may not be known to every broker yet.
        let grace = Deadline(.seconds(2))
        while true {
            let (code, count) = metadata(of: topic, timeout: max(100, min(deadline.millisecondsLeft, 1_000)))
            if code == RD_KAFKA_RESP_ERR_NO_ERROR && count > 0 { return count }
            let isMissing = code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
            let isLasting = KafkaErrorCode.lasting.contains(KafkaErrorCode(code)) || (isMissing && grace.hasPassed)
            guard !isLasting && !deadline.hasPassed else { throw client.explained(code, "topic \(name)") }
            usleep(10_000)
        }
    }

    private func metadata(of topic: ProducerTopic, timeout: Int32) -> (rd_kafka_resp_err_t, Int32) {
        var answer: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(client.handle, 0, topic.pointer, &answer, timeout)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let answer else { return (code, 0) }
        defer { rd_kafka_metadata_destroy(answer) }
        guard answer.pointee.topic_cnt == 1 else { return (RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, 0) }
        let first = answer.pointee.topics[0]
        return (first.err, first.partition_cnt)
    }
}

extension KafkaErrorCode {
    /// Errors that waiting does not cure: authorisation refused, an invalid name.
    fileprivate static let lasting: Set<KafkaErrorCode> = [
        KafkaErrorCode(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED),
        KafkaErrorCode(RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED),
        KafkaErrorCode(RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION),
        KafkaErrorCode(RD_KAFKA_RESP_ERR__FATAL),
    ]
}
