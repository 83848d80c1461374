internal import Caches
internal import Invalidations
internal import Kafka

/// Dead letter of the writes' topic, as people look at it.
public struct DeadLetterOfWrite: Sendable {
    /// Its partition and its offset in the dead-letter topic, as `PARTITION/OFFSET`.
    public struct Name: Hashable, Comparable, Sendable, CustomStringConvertible {
        public let partition: Int32
        public let offset: Int64

        init(partition: Int32, offset: Int64) {
            (self.partition, self.offset) = (partition, offset)
        }

        /// - Returns: nil for any other text.
        public init?(_ text: String) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, let partition = Int32(parts[0]), let offset = Int64(parts[1]),
                "\(partition)/\(offset)" == text, partition >= 0, offset >= 0
            else { return nil }
            self.init(partition: partition, offset: offset)
        }

        public var description: String { "\(partition)/\(offset)" }

        public static func < (a: Name, b: Name) -> Bool {
            a.partition != b.partition ? a.partition < b.partition : a.offset < b.offset
        }
    }

    public let name: Name
    /// Offset of the write in its log; nil where the dead letter does not say it.
    public let origin: Int64?
    /// Nil where the record was none.
    public let write: WriteRecord?
    public let `class`: String
    public let reason: String
    public let failedAt: String
    let key: [UInt8]

    init(_ name: Name, key: [UInt8]?, value: [UInt8]?, headers: [KafkaHeader]) {
        func text(_ header: String) -> String {
            headers.last { $0.name == header }?.value.map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        self.name = name
        self.key = key ?? []
        origin = text(DeadWrite.position).split(separator: "/").last.flatMap { Int64($0) }
        `class` = text(DeadWrite.classification)
        reason = text(DeadWrite.error)
        failedAt = text(DeadWrite.time)
        write =
            `class` == DeadWrite.Class.refused.rawValue
            ? try? WriteRecord(key: key, value: value, headers: headers) : nil
    }
}

/// What became of a dead letter.
public enum DeadWriteOutcome: String, Sendable {
    case redriven
    /// A later write of the key came, and stays.
    case superseded
    case discarded
}
