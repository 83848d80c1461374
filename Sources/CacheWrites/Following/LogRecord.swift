internal import Caches
internal import Kafka

/// Record of the log as it was read: a write, a claim, or bytes that are neither.
package struct LogRecord: Sendable {
    package enum Content: Sendable {
        case write(WriteRecord)
        /// A process has claimed the partition under this epoch.
        case claim(epoch: Int64)
        case undecodable(RawRecord, reason: String)
    }

    package let offset: Int64
    package let content: Content

    package init(offset: Int64, content: Content) {
        (self.offset, self.content) = (offset, content)
    }

    init(_ record: borrowing KafkaRecord) {
        offset = record.offset
        let raw = RawRecord(
            key: record.key.map { Array($0) }, value: record.value.map { Array($0) }, headers: record.headers)
        if let epoch = ClaimRecord.epoch(raw.headers) {
            content = .claim(epoch: epoch)
            return
        }
        do throws(WriteRecordError) {
            content = .write(try WriteRecord(key: raw.key, value: raw.value, headers: raw.headers))
        } catch {
            content = .undecodable(raw, reason: "\(error)")
        }
    }
}

/// Key, value and headers as they stand in the log.
package struct RawRecord: Sendable {
    var key: [UInt8]?
    var value: [UInt8]?
    var headers: [KafkaHeader]
}

extension RawRecord {
    /// As `write` was read; its bytes are the original ones.
    init(_ write: WriteRecord) {
        self.init(key: write.recordKey, value: write.recordValue, headers: write.headers)
    }
}
