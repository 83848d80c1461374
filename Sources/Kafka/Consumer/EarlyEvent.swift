internal import CKafka

/// Owns an event of the control queue that belongs to one partition.
final class EarlyEvent {
    enum Content {
        /// Valid as long as the event.
        case record(UnsafeMutablePointer<rd_kafka_message_t>)
        case end(Int64)
        case error(KafkaError)
    }

    private let event: OpaquePointer
    let partition: TopicPartition
    let content: Content

    /// Takes over the event if it belongs to a partition; otherwise returns nil and leaves it.
    init?(_ event: OpaquePointer, _ naming: TopicNaming) {
        switch rd_kafka_event_type(event) {
        case RD_KAFKA_EVENT_FETCH:
            guard let message = rd_kafka_event_message_next(event) else { return nil }
            let topic = String(cString: rd_kafka_topic_name(message.pointee.rkt))
            partition = TopicPartition(naming.own(topic) ?? topic, message.pointee.partition)
            content = .record(UnsafeMutablePointer(mutating: message))
        case RD_KAFKA_EVENT_ERROR:
            guard let element = rd_kafka_event_topic_partition(event) else { return nil }
            defer { rd_kafka_topic_partition_destroy(element) }
            guard element.pointee.partition >= 0 else { return nil }
            partition = element.pointee.topicPartition(naming)
            content = Self.content(ofError: event, element.pointee, partition)
        default: return nil
        }
        self.event = event
    }

    deinit { rd_kafka_event_destroy(event) }

    private static func content(
        ofError event: OpaquePointer, _ element: rd_kafka_topic_partition_t, _ partition: TopicPartition
    ) -> Content {
        let code = rd_kafka_event_error(event)
        if code == RD_KAFKA_RESP_ERR__PARTITION_EOF { return .end(element.offset) }
        let text = "\(partition): \(String(cString: rd_kafka_event_error_string(event)))"
        return .error(.failed(KafkaErrorCode(code), text))
    }
}
