internal import CKafka

/// One request to the cluster: options, a queue for the answer, and the wait for it.
struct AdminRequest: ~Copyable {
    let options: OpaquePointer
    let answers: EventQueue
    private let client: KafkaClient
    private let deadline: Deadline

    init(_ operation: rd_kafka_admin_op_t, _ client: KafkaClient, timeout: Duration) throws(KafkaError) {
        options = rd_kafka_AdminOptions_new(client.handle, operation)
        answers = EventQueue(rd_kafka_queue_new(client.handle), of: client)
        self.client = client
        deadline = Deadline(timeout)
        var buffer = [CChar](repeating: 0, count: 256)
        let milliseconds = max(1, timeout.milliseconds)
        let code = rd_kafka_AdminOptions_set_request_timeout(options, milliseconds, &buffer, buffer.count)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw .invalidConfiguration(text(of: buffer)) }
        // Only for what creates and deletes: how long the brokers may take to spread the word.
        rd_kafka_AdminOptions_set_operation_timeout(options, milliseconds, nil, 0)
    }

    deinit { rd_kafka_AdminOptions_destroy(options) }

    /// Waits for the answer and lets `body` read it.
    func answer<R>(
        _ what: String, _ body: (OpaquePointer) throws(KafkaError) -> R
    ) throws(KafkaError) -> R {
        // The library answers within the request's own time-out; a little more lets it say why it failed.
        let wait = deadline.millisecondsLeft + 500
        let result = answers.next(timeout: wait) { event -> Result<R, KafkaError> in
            let code = rd_kafka_event_error(event)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
                let detail = String(cString: rd_kafka_event_error_string(event))
                return .failure(client.explained(code, what, detail: detail))
            }
            return Result { () throws(KafkaError) in try body(event) }
        }
        rd_kafka_poll(client.handle, 0)
        guard let result else { throw client.explained(RD_KAFKA_RESP_ERR__TIMED_OUT, what) }
        return try result.get()
    }
}
