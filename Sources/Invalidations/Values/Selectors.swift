/// What went stale: any mix of tags (surrogate keys), URLs, URL prefixes, or the whole namespace.
public struct Selectors: Hashable, Sendable {
    public var tags: [String]
    public var urls: [String]
    public var prefixes: [String]
    public var everything: Bool

    public init(tags: [String] = [], urls: [String] = [], prefixes: [String] = [], everything: Bool = false) {
        self.tags = tags
        self.urls = urls
        self.prefixes = prefixes
        self.everything = everything
    }

    public var isEmpty: Bool { tags.isEmpty && urls.isEmpty && prefixes.isEmpty && !everything }

    /// How many single things are named; a purge of everything counts as one.
    public var count: Int { tags.count + urls.count + prefixes.count + (everything ? 1 : 0) }

    /// The bytes of all that is named, a measure of what a purge call must carry.
    public var byteCount: Int {
        tags.reduce(0) { $0 + $1.utf8.count } + urls.reduce(0) { $0 + $1.utf8.count }
            + prefixes.reduce(0) { $0 + $1.utf8.count }
    }
}
