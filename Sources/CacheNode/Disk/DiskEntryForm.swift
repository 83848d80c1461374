internal import Caches
internal import Storage

/// How an entry is written into the file, and read from it.
struct DiskEntryForm: Sendable {
    /// Stands for a value that is not read.
    private static let unread = CacheValue(held: [], coding: .identity, entityTag: EntityTag(of: []))
    /// What `entry(_:from:)` reads.
    static let columns =
        "sequence, since, fresh, revalidate, error, tags, origin_tag, origin_date, coding, entity_tag, size, value"

    /// Smaller values are not worth it on disk, either.
    private static let bytesMin = 1_024

    let clock: DiskClock
    /// From how many bytes on memory holds values compressed; nil where nothing is compressed.
    let compressedFrom: Int?

    /// When its freshness counts from, and when it ends to be fresh, and to be good for anything; by the wall clock.
    func times(_ entry: CacheEntry) -> [Int64] {
        [entry.since, entry.freshUntil, entry.revalidateUntil, entry.errorUntil].map(clock.wall)
    }

    func tags(_ entry: CacheEntry) -> [UInt8] {
        var bytes: [UInt8] = []
        PartList.append(entry.tags.map { Array($0.utf8) }, to: &bytes)
        return bytes
    }

    /// - Returns: nil for what is no list of tags.
    func tags(_ bytes: [UInt8]) -> [String]? {
        var left = bytes[...]
        return PartList.read(&left)?.map { String(decoding: $0, as: UTF8.self) }
    }

    /// - Parameter value: nil where it is not read.
    func entry(
        _ key: CacheKey, value: CacheValue?, tags: [String], origin: OriginValidators?, times: [Int64]
    ) -> CacheEntry {
        let moments = times.map(clock.time)
        return CacheEntry(
            key: key, value: value ?? Self.unread, tags: tags, origin: origin, since: moments[0],
            lifetime: Lifetime(
                fresh: moments[1].since(moments[0]), staleWhileRevalidate: moments[2].since(moments[1]),
                staleIfError: moments[3].since(moments[1])))
    }

    /// The value as it is written. What memory holds compressed is not compressed a second time.
    func written(_ value: CacheValue) -> CacheValue {
        guard compressedFrom != nil, value.size >= Self.bytesMin else { return value }
        return value.compressed() ?? value
    }

    /// The value as memory holds it.
    private func held(_ value: CacheValue) -> CacheValue? {
        if value.coding == .identity || value.size >= compressedFrom ?? .max { return value }
        return try? value.expanded().map(CacheValue.init)
    }

    /// - Throws: `DamagedRow` for what nobody has written so.
    func entry(_ key: CacheKey, from row: Row) throws -> (entry: CacheEntry, sequence: Int64) {
        guard let tags = tags(row.bytes(5)) else { throw DamagedRow.head }
        guard
            let stored = CacheValue(
                held: row.bytes(11), coding: row.integer(8), size: row.integer(10), entityTag: row.text(9)),
            let value = held(stored)
        else { throw DamagedRow.value }
        let origin =
            row.isNull(6) && row.isNull(7)
            ? nil
            : OriginValidators(
                entityTag: row.isNull(6) ? nil : row.text(6), lastModified: row.isNull(7) ? nil : row.text(7))
        let entry = entry(
            key, value: value, tags: tags, origin: origin, times: (1..<5).map { row.integer($0) })
        return (entry, row.integer(0))
    }
}
