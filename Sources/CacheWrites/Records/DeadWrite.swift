internal import Basics
internal import Caches
internal import Crypto
internal import Invalidations
internal import Kafka

/// Dead letter: a write that the database refuses, or a record that is none.
struct DeadWrite {
    enum Class: String {
        case refused
        case undecodable
        /// A mark: what its letter was has been settled.
        case settled
    }

    /// Its number is that of the write's partition.
    let partition: Int32
    let key: [UInt8]?
    let value: [UInt8]?
    let headers: [KafkaHeader]

    /// - Parameters:
    ///   - origin: where the write stands in its log.
    ///   - headers: the original ones.
    init(
        _ origin: TopicPartition, offset: Int64, key: [UInt8]?, value: [UInt8]?, headers: [KafkaHeader],
        class: Class, reason: String, now: Timestamp
    ) {
        partition = origin.partition
        self.key = key
        self.value = value
        var all = headers.filter { !Self.names.contains($0.name) }
        all.append(KafkaHeader(Self.position, "\(origin)/\(offset)"))
        all.append(KafkaHeader(Self.classification, `class`.rawValue))
        all.append(KafkaHeader(Self.error, Self.cut(reason)))
        all.append(KafkaHeader(Self.time, now.text))
        if let value {
            var digits: [UInt8] = []
            for byte in SHA256Digest.of(value) { Hexadecimal.append(byte, to: &digits) }
            all.append(KafkaHeader(Self.digest, digits))
        }
        self.headers = all
    }

    static let position = "cs-seq"
    static let classification = "cs-dlq-class"
    static let error = "cs-last-error"
    static let time = "cs-last-failed-at"
    /// Of a mark alone: the letter that it settles.
    static let settles = "cs-settles"
    private static let digest = "cs-payload-sha256"
    private static let names: Set = [position, classification, error, time, digest, settles]
    private static let reasonBytesMax = 512

    /// Whole characters, and no more bytes than allowed.
    private static func cut(_ text: String) -> String {
        var bytes = 0
        return String(
            text.prefix { character in
                bytes += character.utf8.count
                return bytes <= reasonBytesMax
            })
    }
}
