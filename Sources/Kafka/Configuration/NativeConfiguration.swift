internal import CKafka

/// Settings in the library's own form, until a client takes them over.
struct NativeConfiguration: ~Copyable {
    private let pointer: OpaquePointer

    /// The library's own settings, unchanged.
    init() {
        pointer = rd_kafka_conf_new()
    }

    /// Adds what the client is to be, and the kinds of `events` its queues shall bring.
    mutating func apply(
        _ configuration: KafkaConfiguration, _ settings: [KafkaSetting], events: Int32
    ) throws(KafkaError) {
        try configuration.validate()
        rd_kafka_conf_set_events(pointer, events)
        for setting in ClientSettings.table(configuration) + settings {
            try set(setting.key, setting.value, shown: true)
        }
        for (key, value) in configuration.security.settings { try set(key, value, shown: false) }
        for setting in configuration.extra { try set(setting.key, setting.value.value, shown: false) }
    }

    deinit { rd_kafka_conf_destroy(pointer) }

    /// Values of the user's own may be secret, so the library's sentence about them, which quotes them, is not used.
    mutating func set(_ key: String, _ value: String, shown: Bool) throws(KafkaError) {
        var buffer = [CChar](repeating: 0, count: 512)
        let result = rd_kafka_conf_set(pointer, key, value, &buffer, buffer.count)
        switch result {
        case RD_KAFKA_CONF_OK: return
        case RD_KAFKA_CONF_UNKNOWN:
            throw .invalidConfiguration("there is no Kafka setting \"\(key)\" in librdkafka \(KafkaLibrary.version)")
        default:
            throw .invalidConfiguration(
                shown ? text(of: buffer) : "the Kafka setting \(key) cannot take the given value")
        }
    }

    /// Has errors that come while a queue is read put into `inbox`, which must outlive the client.
    func tellErrors(to inbox: ErrorInbox) {
        inbox.register(with: pointer)
    }

    /// Makes a client, which takes the settings over.
    func makeClient(_ type: rd_kafka_type_t) throws(KafkaError) -> OpaquePointer {
        // The library takes over what it is given, but only if it succeeds: it gets a copy.
        let copy: OpaquePointer = rd_kafka_conf_dup(pointer)
        var buffer = [CChar](repeating: 0, count: 512)
        guard let client = rd_kafka_new(type, copy, &buffer, buffer.count) else {
            rd_kafka_conf_destroy(copy)
            throw .invalidConfiguration("Kafka client: \(text(of: buffer))")
        }
        return client
    }
}

/// The client library that this process runs with.
public enum KafkaLibrary {
    public static let version = String(cString: rd_kafka_version_str())
}

/// The text that the library has left in a buffer.
func text(of buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
