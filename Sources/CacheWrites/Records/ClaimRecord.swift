internal import Kafka

/// Record without key and value that begins the time of a new owner.
///
/// The new owner writes it before it reads the log to its end. So a write that an earlier owner sent too late stands
/// behind it, and that owner knows: it must not say that the new one sees the write.
enum ClaimRecord {
    static let header = "cs-owner-epoch"

    static func headers(epoch: Int64) -> [KafkaHeader] { [KafkaHeader(header, String(epoch))] }

    /// - Returns: nil where the record is something else.
    static func epoch(_ headers: [KafkaHeader]) -> Int64? {
        let value = headers.last { $0.name == header }?.value
        guard let text = value.flatMap({ String(validating: $0, as: UTF8.self) }), !text.isEmpty,
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int64(text)
    }
}
