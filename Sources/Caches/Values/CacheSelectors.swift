public import Invalidations

/// What an invalidation means within one namespace of a cache.
public struct CacheSelectors: Hashable, Sendable {
    public var keys: [CacheKey]
    public var tags: [String]
    public var prefixes: [KeyPrefix]
    public var everything: Bool

    public init(
        keys: [CacheKey] = [], tags: [String] = [], prefixes: [KeyPrefix] = [], everything: Bool = false
    ) {
        self.keys = keys
        self.tags = tags
        self.prefixes = prefixes
        self.everything = everything
    }

    /// What a request of publishers means here: URLs are keys of URLs.
    public init(_ selectors: Selectors) {
        self.init(
            keys: selectors.urls.flatMap { URLKey.keys(url: $0) }, tags: selectors.tags,
            prefixes: selectors.prefixes.flatMap { URLKey.prefixes(url: $0) }, everything: selectors.everything)
    }

    /// Whether it can mean entries of any shard.
    package var isWide: Bool { !tags.isEmpty || !prefixes.isEmpty || everything }
}
