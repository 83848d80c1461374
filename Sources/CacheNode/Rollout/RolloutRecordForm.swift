internal import Caches
internal import Invalidations
internal import JSON

/// A rollout's record as the log has it: JSON, as in `Topics/schemas/rollout.schema.json`.
struct RolloutRecordForm {
    private static let bytesMax = 16_384
    static let textBytesMax = 512

    let record: RolloutRecord
    /// Offset of the record that it was decided on; nil where there was none.
    let after: Int64?
    /// Who wrote it: a number of the node's process.
    var node: UInt64?

    init(_ record: RolloutRecord, after: Int64?) {
        (self.record, self.after) = (record, after)
    }

    /// - Returns: nil for what is no such record.
    init?(_ bytes: [UInt8]) {
        let form = try? JSONParser(bytesMax: Self.bytesMax).parse(bytes) { Self.read($0) }
        guard let form = form.flatMap({ $0 }) else { return nil }
        self = form
    }

    private static func read(_ root: JSONValue) -> RolloutRecordForm? {
        guard let phase = root["phase"]?.string.flatMap({ RolloutRecord.Phase(rawValue: $0) }),
            let salt = root["salt"]?.string.flatMap({ UInt64($0, radix: 16) }),
            let by = root["by"]?.string, by.utf8.count <= textBytesMax,
            let at = root["at"]?.string.flatMap({ Timestamp($0) }),
            let reads = share(root["reads"]), let writes = share(root["writes"])
        else { return nil }
        var record = RolloutRecord(salt: salt, by: by, at: at)
        (record.phase, record.reads, record.writes) = (phase, reads, writes)
        record.reason = root["reason"]?.string
        record.over = root["overSeconds"].flatMap(seconds)
        guard let guards = try? RolloutGuardsForm.read(root["guards"]) ?? RolloutGuards() else { return nil }
        record.guards = guards
        var form = RolloutRecordForm(record, after: root["after"]?.int64)
        form.node = root["node"]?.string.flatMap { UInt64($0, radix: 16) }
        return form
    }

    private static func share(_ value: JSONValue?) -> RolloutShare? {
        guard let value else { return RolloutShare.none }
        return value.double.flatMap { RolloutShare(percent: $0) }
    }

    private static func seconds(_ value: JSONValue) -> Duration? {
        guard let seconds = value.double, (0...1e9).contains(seconds) else { return nil }
        return duration(ofSeconds: seconds)
    }

    /// In whole milliseconds, so that what was ordered is what the record says.
    ///
    /// - Parameter seconds: from 0 to 1e9.
    static func duration(ofSeconds seconds: Double) -> Duration { .milliseconds(Int64((seconds * 1_000).rounded())) }

    var bytes: [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        Self.write(record, into: &writer)
        writer.member("salt", String(record.salt, radix: 16))
        if let after { writer.member("after", after) }
        if let node { writer.member("node", String(node, radix: 16)) }
        writer.endObject()
        return writer.bytes
    }

    /// The members that status documents show as well.
    static func write(_ record: RolloutRecord, into writer: inout JSONWriter) {
        writer.member("phase", record.phase.rawValue)
        writer.member("reads", record.reads)
        writer.member("writes", record.writes)
        if let over = record.over {
            writer.key("overSeconds")
            writer.double(over / .seconds(1))
        }
        writer.member("by", record.by)
        writer.member("at", record.at.text)
        if let reason = record.reason { writer.member("reason", reason) }
        writer.key("guards")
        RolloutGuardsForm.write(record.guards, into: &writer)
    }
}

extension JSONWriter {
    /// A share in percent.
    mutating func member(_ name: StaticString, _ share: RolloutShare) {
        key(name)
        raw("\(share)".utf8)
    }
}
