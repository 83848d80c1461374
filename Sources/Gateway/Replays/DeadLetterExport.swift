internal import HTTP
internal import JSON
internal import Kafka
internal import Replays
internal import Views

/// Page of dead letters with their keys and values, a JSON document a line.
struct DeadLetterExport {
    /// Bytes of a page, but for its last line.
    private static let bytesMax = 2 << 20
    /// Records that are read in one go, and how far apart those of one partition may be.
    private static let (portionMax, spanMax) = (50, Int64(5_000))
    private static let timeMax = Duration.seconds(20)

    private let log: DeadLetterLog
    private(set) var bytes: [UInt8] = []
    /// The last one that the page has; nil where it has all.
    private(set) var lastWritten: DeadLetterRecord?

    /// - Throws: `KafkaError`
    init(_ kafka: KafkaConfiguration, _ records: [DeadLetterRecord]) throws {
        log = try DeadLetterLog(kafka, partitions: Set(records.map(\.entry.partition)))
        let deadline = ContinuousClock.now + Self.timeMax
        var left = records[...]
        while !left.isEmpty {
            let portion = Self.portion(of: left)
            let contents = try log.read(portion.map { DeadLetterName($0) })
            for (index, record) in portion.enumerated() {
                write(record, contents[DeadLetterName(record)])
                if bytes.count >= Self.bytesMax, index + 1 < left.count {
                    lastWritten = record
                    return
                }
            }
            left = left.dropFirst(portion.count)
            if ContinuousClock.now >= deadline, !left.isEmpty {
                lastWritten = portion.last
                return
            }
        }
    }

    private static func portion(of records: ArraySlice<DeadLetterRecord>) -> [DeadLetterRecord] {
        var spans: [Int32: ClosedRange<Int64>] = [:]
        var portion: [DeadLetterRecord] = []
        for record in records.prefix(portionMax) {
            let (partition, offset) = (record.entry.partition, record.entry.offset)
            let span = spans[partition].map { min($0.lowerBound, offset)...max($0.upperBound, offset) }
            if let span, span.upperBound - span.lowerBound > spanMax { break }
            spans[partition] = span ?? offset...offset
            portion.append(record)
        }
        return portion
    }

    private mutating func write(_ record: DeadLetterRecord, _ content: DeadLetterLog.Content?) {
        var writer = JSONWriter(capacity: 1_024 + (content?.value?.count ?? 0) * 4 / 3)
        writer.beginObject()
        DeadLetterDocument.write(record.entry, to: &writer)
        DeadLetterDocument.writeOpen(record, to: &writer)
        if let content {
            DeadLetterDocument.write(content, withValue: true, to: &writer)
        } else {
            // Retention was faster than the view.
            writer.member("isGone", true)
        }
        writer.endObject()
        bytes += writer.bytes
        bytes.append(UInt8(ascii: "\n"))
    }
}

extension DeadLetterName {
    init(_ record: DeadLetterRecord) {
        self.init(partition: record.entry.partition, offset: record.entry.offset)
    }
}
