internal import CKafka

/// Owns one reference to a queue of the library.
final class EventQueue: Sendable {
    /// Queues lock themselves.
    nonisolated(unsafe) let pointer: OpaquePointer
    private let client: KafkaClient

    /// Takes over the reference.
    init(_ pointer: OpaquePointer, of client: KafkaClient) {
        self.pointer = pointer
        self.client = client
    }

    deinit {
        // The queue itself may live on inside the library, but the descriptor need not.
        rd_kafka_queue_io_event_enable(pointer, -1, nil, 0)
        rd_kafka_queue_destroy(pointer)
    }

    /// Writes a byte to the non-blocking `descriptor` whenever the empty queue gets something; -1 ends it.
    func wake(on descriptor: Int32) {
        rd_kafka_queue_io_event_enable(pointer, descriptor, "1", descriptor < 0 ? 0 : 1)
    }

    /// The next event, which `body` may read until it returns; nil when none comes in time.
    func next<R>(timeout: Int32 = 0, _ body: (OpaquePointer) -> R) -> R? {
        guard let event = rd_kafka_queue_poll(pointer, timeout) else { return nil }
        defer { rd_kafka_event_destroy(event) }
        return body(event)
    }
}
