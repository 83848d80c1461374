internal import Basics
internal import Invalidations

/// Rules for the tags of an entry: an invalidation must be able to name each of them.
public enum CacheTags {
    /// - Returns: the tags without repetitions, in their first order.
    public static func validated(_ tags: [String]) throws(CacheInputError) -> [String] {
        guard tags.count <= CacheLimits.tags else { throw .tooManyTags }
        var kept: [String] = []
        kept.reserveCapacity(tags.count)
        for (index, tag) in tags.enumerated() {
            guard isAllowed(tag) else { throw .tagIsNotAllowed(index) }
            if !kept.contains(tag) { kept.append(tag) }
        }
        return kept
    }

    /// Printable ASCII without blanks and commas, as the schema of invalidations says.
    static func isAllowed(_ tag: String) -> Bool {
        (1...Limits.tagBytes).contains(tag.utf8.count)
            && tag.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",") }
    }
}
