/// How many bytes the allocator hands out, as glibc rounds them.
///
/// A test fills a store and compares the sum with what the process has.
enum AllocationSize {
    private static let objectHeader = 16
    private static let arrayHeader = 32
    /// From here on pages are mapped for a single allocation.
    private static let mappedFrom = 128 << 10

    static func block(_ bytes: Int) -> Int {
        if bytes >= mappedFrom { return (bytes + 16 + 4_095) & ~4_095 }
        return max(32, (bytes + 8 + 15) & ~15)
    }

    /// Nothing for an empty array, which shares one object with all others.
    static func array<T>(_ array: [T]) -> Int {
        array.capacity == 0 ? 0 : block(arrayHeader + array.capacity * MemoryLayout<T>.stride)
    }

    /// Short strings are part of their owner.
    static func text(_ text: String) -> Int {
        let count = text.utf8.count
        return count <= 15 ? 0 : block(arrayHeader + count + 1)
    }

    /// All that one entry holds alone; texts of tags are the tag index's.
    static func entry(_ entry: CacheEntry) -> Int {
        var bytes = entryObject + array(entry.key.bytes) + array(entry.tags)
        if let value = entry.value { bytes += array(value.held) }
        if let origin = entry.origin {
            bytes += block(objectHeader + 2 * MemoryLayout<String?>.stride)
            for validator in [origin.entityTag, origin.lastModified] { bytes += validator.map(text) ?? 0 }
        }
        return bytes
    }

    private static let entryObject = block(
        objectHeader + MemoryLayout<CacheKey>.stride + MemoryLayout<CacheValue?>.stride
            + MemoryLayout<[String]>.stride + MemoryLayout<OriginValidators?>.stride + 4
            * MemoryLayout<CacheTime>.stride)
}
