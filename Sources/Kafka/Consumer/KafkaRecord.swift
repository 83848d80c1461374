internal import CKafka

/// A record as it lies in the client library's memory: nothing is copied until it is asked for.
///
/// It lives as long as the closure it was handed to.
public struct KafkaRecord: ~Copyable {
    /// Headers beyond these limits are not read: records come from any client.
    public static let headersMax = 128
    public static let headerBytesMax = 65_536

    private let message: UnsafeMutablePointer<rd_kafka_message_t>
    public let partition: TopicPartition

    init(_ message: UnsafeMutablePointer<rd_kafka_message_t>, of partition: TopicPartition) {
        self.message = message
        self.partition = partition
    }

    public var offset: Int64 { message.pointee.offset }

    /// Milliseconds since 1970; nil when the record has none.
    public var timestamp: Int64? {
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let value = rd_kafka_message_timestamp(message, &type)
        return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || value < 0 ? nil : value
    }

    /// When the broker stored it, in milliseconds since 1970; nil where the topic keeps the publisher's time instead.
    public var appendedAt: Int64? {
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let value = rd_kafka_message_timestamp(message, &type)
        return type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME && value >= 0 ? value : nil
    }

    /// Nil for no key. Valid within the closure only.
    public var key: UnsafeRawBufferPointer? {
        message.pointee.key.map { UnsafeRawBufferPointer(start: $0, count: message.pointee.key_len) }
    }

    /// Nil for a tombstone. Valid within the closure only.
    public var value: UnsafeRawBufferPointer? {
        message.pointee.payload.map { UnsafeRawBufferPointer(start: $0, count: message.pointee.len) }
    }

    /// The headers in their order, up to the limits.
    public var headers: [KafkaHeader] {
        var list: OpaquePointer?
        guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return [] }
        var headers: [KafkaHeader] = []
        var bytes = 0
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while headers.count < Self.headersMax,
            rd_kafka_header_get_all(list, headers.count, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR,
            let name
        {
            let header = KafkaHeader(
                String(cString: name), value.map { Array(UnsafeRawBufferPointer(start: $0, count: size)) })
            bytes += header.name.utf8.count + size
            guard bytes <= Self.headerBytesMax else { break }
            headers.append(header)
        }
        return headers
    }

    /// The value of the last header of that name: nil when there is none, or when it is null or over the limit.
    public func header(_ name: String) -> [UInt8]? {
        var list: OpaquePointer?
        var value: UnsafeRawPointer?
        var size = 0
        guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list,
            rd_kafka_header_get_last(list, name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR,
            let value, size <= Self.headerBytesMax
        else { return nil }
        return Array(UnsafeRawBufferPointer(start: value, count: size))
    }
}
