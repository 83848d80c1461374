internal import Basics
internal import CacheWrites
internal import Caches
internal import Crypto
internal import Invalidations
internal import JSON

/// Row whose key and value a JSON document can say.
struct NamedRow {
    let key: String
    /// In the batch.
    let index: Int
    let row: FlushRow
}

/// Body of a `POST` that brings writes to the main API, and what names it.
struct WritesBody {
    /// More bytes of values go in the next one.
    private static let bytesMax = 4 << 20

    let bytes: [UInt8]
    /// Keys in the order of the body.
    let keys: [String]
    let idempotencyKey: String

    /// - Parameters:
    ///   - rows: sorted.
    ///   - batch: names topic, generation and partition.
    init(_ rows: some Collection<NamedRow>, batch: String) {
        var writer = JSONWriter(capacity: 4_096)
        writer.beginObject()
        writer.key("writes")
        writer.beginArray()
        for row in rows { Self.write(row.key, row.row, into: &writer) }
        writer.endArray()
        writer.endObject()
        bytes = writer.bytes
        keys = rows.map(\.key)
        let offsets = rows.map(\.row.write.version.offset)
        var digits: [UInt8] = []
        // Between the same two offsets there may be other writes by the next time.
        for byte in SHA256Digest.of(bytes).prefix(8) { Hexadecimal.append(byte, to: &digits) }
        let digest = String(decoding: digits, as: UTF8.self)
        idempotencyKey = "\(batch)/\(offsets.min() ?? 0)-\(offsets.max() ?? 0)/\(digest)"
    }

    private static func write(_ key: String, _ row: FlushRow, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("namespace", row.namespace)
        writer.member("key", key)
        writer.member("version", VersionText.text(row.write.version))
        switch row.write.change {
        case .delete: writer.member("deleted", true)
        case .set(let value, let tags, let lifetime):
            writer.key("value")
            writer.raw(value.bytes)
            writer.member("tags", tags)
            writer.key("ttl")
            writer.double(lifetime.fresh / .seconds(1))
            for (name, time) in [
                ("staleWhileRevalidate", lifetime.staleWhileRevalidate), ("staleIfError", lifetime.staleIfError),
            ] where time > .zero {
                writer.key(name)
                writer.double(time / .seconds(1))
            }
        }
        if let details = row.write.details { writer.member("writtenAt", details.writtenAt.text) }
        writer.endObject()
    }

    /// Rows in the order of their keys, in as many parts as their bytes need.
    static func parts(_ rows: [NamedRow]) -> [ArraySlice<NamedRow>] {
        let sorted = rows.sorted { a, b in
            a.row.namespace != b.row.namespace
                ? a.row.namespace < b.row.namespace
                : a.row.write.address.key.bytes.lexicographicallyPrecedes(b.row.write.address.key.bytes)
        }
        var parts: [ArraySlice<NamedRow>] = []
        var (begin, bytes) = (0, 0)
        for (index, element) in sorted.enumerated() {
            let count = element.row.write.byteCount
            if index > begin, bytes + count > bytesMax {
                parts.append(sorted[begin..<index])
                (begin, bytes) = (index, 0)
            }
            bytes += count
        }
        if begin < sorted.count { parts.append(sorted[begin...]) }
        return parts
    }
}
