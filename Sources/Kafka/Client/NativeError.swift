internal import CKafka

// Conversion of the library's error codes.
extension KafkaError {
    /// What a native result means for `operation`; nil for success.
    init?(_ code: rd_kafka_resp_err_t, _ operation: String, detail: String? = nil) {
        let text = detail.map { "\(operation): \($0)" } ?? "\(operation): \(KafkaErrorCode(code).text)"
        switch code {
        case RD_KAFKA_RESP_ERR_NO_ERROR: return nil
        case RD_KAFKA_RESP_ERR__QUEUE_FULL: self = .queueFull
        case RD_KAFKA_RESP_ERR__TIMED_OUT: self = .timedOut(text)
        case RD_KAFKA_RESP_ERR__FATAL: self = .fatal(KafkaErrorCode(code), text)
        default: self = .failed(KafkaErrorCode(code), text)
        }
    }

    /// Takes over the error object and frees it; nil for none.
    init?(consuming error: OpaquePointer?, _ operation: String) {
        guard let error else { return nil }
        defer { rd_kafka_error_destroy(error) }
        self.init(rd_kafka_error_code(error), operation, detail: String(cString: rd_kafka_error_string(error)))
    }
}

func check(_ code: rd_kafka_resp_err_t, _ operation: @autoclosure () -> String) throws(KafkaError) {
    guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
    if let error = KafkaError(code, operation()) { throw error }
}
