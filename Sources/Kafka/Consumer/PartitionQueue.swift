internal import CKafka

/// The records of one assigned partition.
final class PartitionQueue {
    let partition: TopicPartition
    let queue: EventQueue
    /// Records that came through the control queue, before the queue's own.
    private var early: [EarlyRecord] = []

    /// Splits the partition's queue off. Before the partition is assigned: then no record takes the other way.
    init(_ partition: TopicPartition, of client: KafkaClient, wake descriptor: Int32) throws(KafkaError) {
        guard let pointer = rd_kafka_queue_get_partition(client.handle, partition.topic, partition.partition) else {
            throw .unknownPartition(partition, partitions: nil)
        }
        self.partition = partition
        queue = EventQueue(pointer, of: client)
        rd_kafka_queue_forward(pointer, nil)
        queue.wake(on: descriptor)
    }

    func keep(_ record: EarlyRecord) {
        early.append(record)
    }

    /// - Throws: what the library reports about the partition; the records before it were handed out.
    func drain(max: Int, _ body: (borrowing KafkaRecord) -> Void) throws(KafkaError) -> DrainedRecords {
        var drained = DrainedRecords()
        if !early.isEmpty { handOutEarly(&drained, max: max, body) }
        while drained.count < max {
            // One by one: the batch call of this library loses its place when partitions change hands.
            guard let message = rd_kafka_consume_queue(queue.pointer, 0) else {
                drained.isEmpty = true
                break
            }
            defer { rd_kafka_message_destroy(message) }
            switch message.pointee.err {
            case RD_KAFKA_RESP_ERR_NO_ERROR:
                body(KafkaRecord(message, of: partition))
                drained.count += 1
                drained.end = nil
            case RD_KAFKA_RESP_ERR__PARTITION_EOF:
                drained.end = message.pointee.offset
            case let code:
                let detail = rd_kafka_message_errstr(message).map { String(cString: $0) }
                throw KafkaError(code, "\(partition)", detail: detail) ?? .failed(KafkaErrorCode(code), "\(partition)")
            }
        }
        return drained
    }

    private func handOutEarly(_ drained: inout DrainedRecords, max: Int, _ body: (borrowing KafkaRecord) -> Void) {
        for record in early.prefix(max) {
            body(KafkaRecord(record.message, of: partition))
            drained.count += 1
        }
        early.removeFirst(drained.count)
    }
}

/// Owns an event that holds one record.
final class EarlyRecord {
    private let event: OpaquePointer
    let message: UnsafeMutablePointer<rd_kafka_message_t>

    /// Takes over the event; nil when it holds no record.
    init?(_ event: OpaquePointer) {
        guard let message = rd_kafka_event_message_next(event) else {
            rd_kafka_event_destroy(event)
            return nil
        }
        self.event = event
        self.message = UnsafeMutablePointer(mutating: message)
    }

    deinit { rd_kafka_event_destroy(event) }

    var partition: TopicPartition {
        TopicPartition(String(cString: rd_kafka_topic_name(message.pointee.rkt)), message.pointee.partition)
    }
}
