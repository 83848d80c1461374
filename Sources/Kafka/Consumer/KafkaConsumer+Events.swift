internal import CKafka

extension KafkaConsumer {
    /// What an event of the control queue means; nil for those that say nothing.
    func value(of event: OpaquePointer) -> ConsumerEvent? {
        switch rd_kafka_event_type(event) {
        case RD_KAFKA_EVENT_REBALANCE: rebalance(event)
        case RD_KAFKA_EVENT_OFFSET_COMMIT: .committed(commitResults(of: event))
        case RD_KAFKA_EVENT_ERROR: error(event)
        case RD_KAFKA_EVENT_STATS: .statistics(String(cString: rd_kafka_event_stats(event)))
        default: nil
        }
    }

    private func rebalance(_ event: OpaquePointer) -> ConsumerEvent {
        let partitions = rd_kafka_event_topic_partition_list(event)?.elements.map(\.topicPartition) ?? []
        switch rd_kafka_event_error(event) {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS: return .assigned(partitions)
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
            isRevoking = true
            return .revoked(partitions, lost: rd_kafka_assignment_lost(client.handle) != 0)
        case let code:
            // The state of the group is unknown: giving up all partitions brings it back in step.
            dropQueues()
            rd_kafka_assign(client.handle, nil)
            return .error(KafkaError(code, "rebalance") ?? .failed(KafkaErrorCode(code), "rebalance"))
        }
    }

    private func error(_ event: OpaquePointer) -> ConsumerEvent {
        switch client.notice(ofError: event) {
        case .fatal(let error): .fatal(error)
        case .error(let error): .error(error)
        case .log(let line): .log(line)
        case .statistics(let text): .statistics(text)
        }
    }

    /// The outcome of a commit for each of its partitions.
    func commitResults(of event: OpaquePointer) -> [CommitResult] {
        let overall = rd_kafka_event_error(event)
        let elements = rd_kafka_event_topic_partition_list(event)?.elements
        return elements?.map { element in
            let code = element.err == RD_KAFKA_RESP_ERR_NO_ERROR ? overall : element.err
            return CommitResult(
                partition: element.topicPartition, offset: element.offset, error: KafkaError(code, "commit"))
        } ?? []
    }
}
