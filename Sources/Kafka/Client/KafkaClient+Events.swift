internal import CKafka
internal import Glibc

// Events that every client has: errors, log lines, statistics.
extension KafkaClient {
    /// What an event of the type `RD_KAFKA_EVENT_ERROR` says.
    func notice(ofError event: OpaquePointer) -> KafkaNotice {
        let code = rd_kafka_event_error(event)
        if code == RD_KAFKA_RESP_ERR__FATAL || rd_kafka_event_error_is_fatal(event) != 0 {
            return .fatal(fatalError ?? .fatal(KafkaErrorCode(code), "client"))
        }
        let text = String(cString: rd_kafka_event_error_string(event))
        return .error(.failed(KafkaErrorCode(code), text))
    }
}

/// Writes the byte that an event before this moment would have written.
func wakeNow(_ descriptor: Int32) {
    guard descriptor >= 0 else { return }
    var byte: UInt8 = 1
    // A full pipe is awake already.
    while write(descriptor, &byte, 1) < 0 && errno == EINTR {}
}
