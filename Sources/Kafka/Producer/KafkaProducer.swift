internal import CKafka
internal import Synchronization

/// Writes records, idempotently and to every replica in sync.
///
/// Any thread may send. One thread takes the deliveries, woken through a descriptor or waiting in
/// `drainDeliveries`; as long as nobody does, sent records fill the queue.
public final class KafkaProducer: Sendable {
    private static let events =
        RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG

    let client: KafkaClient
    let topics: ProducerTopics
    private let deliveries: EventQueue
    private let unanswered = Atomic(0)

    /// Connects in the background; see `warmUp`.
    ///
    /// - Throws: `invalidConfiguration`.
    public init(_ configuration: KafkaConfiguration, _ tuning: ProducerTuning = ProducerTuning()) throws(KafkaError) {
        client = try KafkaClient(
            RD_KAFKA_PRODUCER, configuration, ProducerSettings.table(tuning), events: Self.events)
        deliveries = EventQueue(rd_kafka_queue_get_main(client.handle), of: client)
        topics = ProducerTopics(client: client)
    }

    /// Records sent whose delivery has not been taken.
    public var outstanding: Int { unanswered.load(ordering: .relaxed) }

    /// The error after which nothing can be sent any more, if there was one.
    public var fatalError: KafkaError? { client.fatalError }

    /// Writes a byte to the non-blocking `descriptor` when there are deliveries after there were none.
    public func wake(on descriptor: Int32) {
        deliveries.wake(on: descriptor)
        client.log.wake(on: descriptor)
        wakeNow(descriptor)
    }

    /// Hands a record over. It is copied; what becomes of it is told by a delivery with the same token.
    ///
    /// - Parameters:
    ///   - partition: nil for the one that the key says (any, without a key). A given one must exist in a topic
    ///     that the producer was warmed up for.
    ///   - key: nil for no key.
    ///   - value: nil for a tombstone.
    /// - Throws: `queueFull`, `unknownPartition`, `fatal`, or `failed` for a record that is too large.
    public func send(
        topic name: String, partition: Int32? = nil, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        headers: [KafkaHeader] = [], token: UInt64
    ) throws(KafkaError) {
        let topic = try topics.topic(name)
        if let partition { try validate(partition, of: topic, name) }
        let list = headers.isEmpty ? nil : nativeHeaders(headers)
        unanswered.wrappingAdd(1, ordering: .relaxed)
        let result = cs_produce(
            client.handle, topic.pointer, partition ?? RD_KAFKA_PARTITION_UA,
            key.map { $0.baseAddress ?? emptyBytes } ?? nil, key?.count ?? 0,
            value.map { $0.baseAddress ?? emptyBytes } ?? nil, value?.count ?? 0,
            list, UnsafeMutableRawPointer(bitPattern: UInt(token)))
        guard result != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        unanswered.wrappingSubtract(1, ordering: .relaxed)
        if let list { rd_kafka_headers_destroy(list) }
        throw failure(result, topic, TopicPartition(name, partition ?? -1))
    }

    /// The same for arrays.
    public func send(
        topic: String, partition: Int32? = nil, key: [UInt8]?, value: [UInt8]?, headers: [KafkaHeader] = [],
        token: UInt64
    ) throws(KafkaError) {
        try withOptionalBytes(key) { (key) throws(KafkaError) in
            try withOptionalBytes(value) { (value) throws(KafkaError) in
                try send(topic: topic, partition: partition, key: key, value: value, headers: headers, token: token)
            }
        }
    }

    /// Takes deliveries that have come, waiting at most `timeout` for the first.
    ///
    /// - Parameters:
    ///   - max: stops after the batch that reaches it: a batch is up to 10,000 deliveries.
    ///   - notice: log lines and passing troubles. Nothing about a record is told here alone.
    /// - Returns: how many; fewer than `max` means that no more had come.
    @discardableResult
    public func drainDeliveries(
        max: Int, timeout: Duration = .zero, _ body: (Delivery) -> Void, notice: (KafkaNotice) -> Void = { _ in }
    ) -> Int {
        var count = 0
        var wait = timeout.milliseconds
        while count < max {
            guard let taken = deliveries.next(timeout: wait, { event in takeEvent(event, body, notice) }) else { break }
            count += taken
            wait = 0
        }
        for line in client.log.takeLines() { notice(.log(line)) }
        return count
    }

    /// Takes deliveries until all that was sent is answered. For the thread that takes deliveries.
    ///
    /// - Returns: how many are still unanswered after `timeout`.
    @discardableResult
    public func flush(timeout: Duration, _ body: (Delivery) -> Void = { _ in }) -> Int {
        let deadline = Deadline(timeout)
        while outstanding > 0 && !deadline.hasPassed {
            drainDeliveries(max: 1, timeout: .milliseconds(Int(min(deadline.millisecondsLeft, 100))), body)
        }
        return outstanding
    }

    private func takeEvent(
        _ event: OpaquePointer, _ body: (Delivery) -> Void, _ notice: (KafkaNotice) -> Void
    ) -> Int {
        switch rd_kafka_event_type(event) {
        case RD_KAFKA_EVENT_DR:
            var count = 0
            while let message = rd_kafka_event_message_next(event) {
                count += 1
                unanswered.wrappingSubtract(1, ordering: .relaxed)
                body(Delivery(message))
            }
            return count
        case RD_KAFKA_EVENT_ERROR: notice(client.notice(ofError: event))
        case RD_KAFKA_EVENT_STATS: notice(.statistics(String(cString: rd_kafka_event_stats(event))))
        default: break  // No other event is enabled.
        }
        return 0
    }

    private func validate(_ partition: Int32, of topic: ProducerTopic, _ name: String) throws(KafkaError) {
        let count = topic.partitions.load(ordering: .relaxed)
        guard (0..<count).contains(partition) else {
            throw .unknownPartition(TopicPartition(name, partition), partitions: count == 0 ? nil : Int(count))
        }
    }

    private func failure(
        _ code: rd_kafka_resp_err_t, _ topic: ProducerTopic, _ partition: TopicPartition
    ) -> KafkaError {
        if code == RD_KAFKA_RESP_ERR__FATAL, let fatal = client.fatalError { return fatal }
        if code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION {
            return .unknownPartition(partition, partitions: Int(topic.partitions.load(ordering: .relaxed)))
        }
        return KafkaError(code, "send to \(partition.topic)") ?? .failed(KafkaErrorCode(code), "send")
    }
}

extension Delivery {
    fileprivate init(_ pointer: UnsafePointer<rd_kafka_message_t>) {
        let message = pointer.pointee
        token = UInt64(UInt(bitPattern: message._private))
        result =
            KafkaError(message.err, "delivery").map { .failed($0) }
            ?? .stored(partition: message.partition, offset: message.offset)
        // Asked with the library's own pointer: the answer stands beside what a copy holds.
        mayBeStored = rd_kafka_message_status(pointer) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED
    }
}

private func nativeHeaders(_ headers: [KafkaHeader]) -> OpaquePointer? {
    let list = rd_kafka_headers_new(headers.count)
    for header in headers {
        var name = header.name
        name.withUTF8 { name in
            name.withMemoryRebound(to: CChar.self) { name in
                _ = withOptionalBytes(header.value) { value in
                    rd_kafka_header_add(
                        list, name.baseAddress, name.count, value.map { $0.baseAddress ?? emptyBytes } ?? nil,
                        value?.count ?? 0)
                }
            }
        }
    }
    return list
}

func withOptionalBytes<R, E: Error>(
    _ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) throws(E) -> R
) throws(E) -> R {
    guard let bytes else { return try body(nil) }
    // `Array.withUnsafeBytes` rethrows any error: the result carries the typed one through it.
    return try bytes.withUnsafeBytes { bytes in
        Result { () throws(E) -> R in try body(bytes) }
    }.get()
}
