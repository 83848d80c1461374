internal import CKafka

// Events of a consumer: rebalances, commits, errors.
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
        let naming = client.naming
        let partitions =
            rd_kafka_event_topic_partition_list(event)?.elements.map { $0.topicPartition(naming) } ?? []
        switch rd_kafka_event_error(event) {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS: return .assigned(partitions)
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
            isRevoking = true
            return .revoked(partitions, lost: rd_kafka_assignment_lost(client.handle) != 0)
        case let code:
            // The state of the group is unknown, and so is who owns what: all counts as lost, until it is assigned
            // anew.
            isRevoking = true
            client.errors.add(KafkaError(code, "rebalance") ?? .failed(KafkaErrorCode(code), "rebalance"))
            return .revoked(assignment, lost: true)
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
        let naming = client.naming
        let elements = rd_kafka_event_topic_partition_list(event)?.elements
        return elements?.map { element in
            let code = element.err == RD_KAFKA_RESP_ERR_NO_ERROR ? overall : element.err
            return CommitResult(
                partition: element.topicPartition(naming), offset: element.offset, error: KafkaError(code, "commit"))
        } ?? []
    }
}
