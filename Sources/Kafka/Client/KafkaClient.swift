internal import CKafka
internal import Dispatch
internal import Foundation
internal import Synchronization

/// Owns one client handle of the library. Queues and topics hold on to it, so it is destroyed last.
final class KafkaClient: Sendable {
    /// Made for use from any thread.
    nonisolated(unsafe) let handle: OpaquePointer
    let log: ClientLog
    let errors = ErrorInbox()
    let naming: TopicNaming
    private let isDestroyed = Atomic(false)
    private let type: rd_kafka_type_t

    init(
        _ type: rd_kafka_type_t, _ configuration: KafkaConfiguration, _ settings: [KafkaSetting],
        events: Int32 = RD_KAFKA_EVENT_LOG
    ) throws(KafkaError) {
        naming = configuration.naming
        var native = NativeConfiguration()
        try native.apply(configuration, settings, events: events)
        if type == RD_KAFKA_CONSUMER { native.tellErrors(to: errors) }
        handle = try native.makeClient(type)
        self.type = type
        log = ClientLog(client: handle)
    }

    /// A consumer that was not closed is destroyed without leaving its group. Even so the library may wait a whole
    /// session for the answer to a commit: not here.
    deinit { _ = destroy(within: Deadline(.seconds(1))) }

    private var flags: Int32 { type == RD_KAFKA_CONSUMER ? RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE : 0 }

    /// Destroys the client now. All its queues and topics must be gone.
    ///
    /// - Returns: false when the library did not come to an end in time. Its threads then end with the process.
    func destroy(within deadline: Deadline) -> Bool {
        guard !isDestroyed.exchange(true, ordering: .relaxed) else { return true }
        log.detach()
        let done = DispatchSemaphore(value: 0)
        nonisolated(unsafe) let handle = handle  // Nobody else uses it any more.
        let (flags, errors) = (flags, errors)
        Thread.detachNewThread {
            rd_kafka_destroy_flags(handle, flags)
            // Kept until here: the library holds a pointer to it.
            withExtendedLifetime(errors) { _ = done.signal() }
        }
        return done.wait(timeout: .now() + .milliseconds(Int(deadline.millisecondsLeft))) == .success
    }

    /// The fatal error that ended this client, if one did.
    var fatalError: KafkaError? {
        var buffer = [CChar](repeating: 0, count: 512)
        let code = rd_kafka_fatal_error(handle, &buffer, buffer.count)
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return .fatal(KafkaErrorCode(code), text(of: buffer))
    }

    /// An error of a call that waited for brokers, with the last thing that went wrong on a connection.
    func explained(_ code: rd_kafka_resp_err_t, _ operation: String, detail: String? = nil) -> KafkaError {
        log.collect()
        var text = detail ?? KafkaErrorCode(code).text
        if let failure = log.lastFailure { text += " – \(failure)\(hint(on: failure))" }
        return KafkaError(code, operation, detail: text) ?? .failed(KafkaErrorCode(code), operation)
    }
}

/// What to look at, where the library's sentence does not say.
private func hint(on failure: String) -> String {
    guard failure.contains("certificate verify failed") || failure.contains("hostname mismatch") else { return "" }
    return """
         (the broker's certificate must be signed by the given authority and name the host under which the broker is \
        reached)
        """
}
