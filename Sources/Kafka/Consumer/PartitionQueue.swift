internal import CKafka

/// The records of one assigned partition.
final class PartitionQueue {
    let partition: TopicPartition
    private let client: KafkaClient
    private var queue: EventQueue
    private var wakeDescriptor: Int32
    /// What came through the control queue, before the queue's own.
    private var early: [EarlyEvent] = []

    /// Splits the partition's queue off. Before the partition is assigned: then no record takes the other way.
    init(_ partition: TopicPartition, of client: KafkaClient, wake descriptor: Int32) throws(KafkaError) {
        self.partition = partition
        self.client = client
        wakeDescriptor = descriptor
        queue = try EventQueue(splitting: partition, of: client)
        queue.wake(on: descriptor)
    }

    func wake(on descriptor: Int32) {
        wakeDescriptor = descriptor
        queue.wake(on: descriptor)
    }

    /// Takes in what came through the control queue.
    ///
    /// That happens when the partition was assigned again before the library had heard of the topic: it then
    /// forgets the partition whose queue we hold, and makes another. So the queue is split off once more.
    func keep(_ event: EarlyEvent) throws(KafkaError) {
        early.append(event)
        queue = try EventQueue(splitting: partition, of: client)
        wake(on: wakeDescriptor)
        wakeNow(wakeDescriptor)
    }

    /// - Throws: what the library reports about the partition; the records before it were handed out.
    func drain(max: Int, _ body: (borrowing KafkaRecord) -> Void) throws(KafkaError) -> DrainedRecords {
        var drained = DrainedRecords()
        if !early.isEmpty { try drainEarly(&drained, max: max, body) }
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

    /// A rare way, kept out of the loop above (where Swift 6.3's inliner cannot take it in anyway: it crashes).
    @inline(never)
    private func drainEarly(
        _ drained: inout DrainedRecords, max: Int, _ body: (borrowing KafkaRecord) -> Void
    ) throws(KafkaError) {
        while drained.count < max, !early.isEmpty {
            let event = early.removeFirst()
            switch event.content {
            case .record(let message):
                body(KafkaRecord(message, of: partition))
                drained.count += 1
                drained.end = nil
            case .end(let offset): drained.end = offset
            case .error(let error): throw error
            }
        }
    }
}

extension EventQueue {
    /// The queue of one partition, from now on apart from the control queue.
    fileprivate convenience init(splitting partition: TopicPartition, of client: KafkaClient) throws(KafkaError) {
        guard
            let pointer = rd_kafka_queue_get_partition(
                client.handle, client.naming.onCluster(partition.topic), partition.partition)
        else {
            throw .unknownPartition(partition, partitions: nil)
        }
        rd_kafka_queue_forward(pointer, nil)
        self.init(pointer, of: client)
    }
}
