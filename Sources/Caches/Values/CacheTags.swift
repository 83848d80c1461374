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
            guard TagForm.isAllowed(tag.utf8) else { throw .tagIsNotAllowed(index) }
            if !kept.contains(tag) { kept.append(tag) }
        }
        return kept
    }
}
