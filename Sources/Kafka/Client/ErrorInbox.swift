internal import CKafka
internal import Synchronization

/// Errors that come by callback while a partition's queue is read: a topic that
/// does not exist, for one. The callback comes on the reading thread, from within the read.
final class ErrorInbox: Sendable {
    private static let max = 16
    private let errors = Mutex<[KafkaError]>([])

    var isEmpty: Bool { errors.withLock { $0.isEmpty } }

    func takeErrors() -> [KafkaError] {
        errors.withLock { errors in
            defer { errors.removeAll() }
            return errors
        }
    }

    /// Told again every second: what finds no capacity will come back.
    func add(_ error: KafkaError) {
        errors.withLock { errors in
            if errors.count < Self.max, !errors.contains(error) { errors.append(error) }
        }
    }

    /// Registers with the settings. The inbox must outlive the client that is made of them.
    func register(with settings: OpaquePointer) {
        rd_kafka_conf_set_opaque(settings, Unmanaged.passUnretained(self).toOpaque())
        rd_kafka_conf_set_error_cb(settings) { _, code, reason, opaque in
            guard let opaque, let reason else { return }
            let error = KafkaError.failed(
                KafkaErrorCode(rd_kafka_resp_err_t(code)), String(cString: reason))
            Unmanaged<ErrorInbox>.fromOpaque(opaque).takeUnretainedValue().add(error)
        }
    }
}
