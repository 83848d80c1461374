/// Which requests of a range are replayed or redriven, by what they say.
///
/// Every criterion that is given must hold; within a criterion one of its values is enough. Requests are compared with
/// the text that they have after decoding, in which letters of host names are small.
///
/// A request for `everything` names no tag and no URL, so globs of tags and URLs don't select it, although it purges
/// what they mean: it is selected by its kind. Cancellations name nothing, and are selected by criteria of no selector.
public struct ReplayFilter: Hashable, Sendable {
    /// Empty for all.
    public var namespaces: [Glob]
    public var tags: [Glob]
    /// For URLs and for prefixes.
    public var urls: [Glob]
    /// A request without a source has an empty one.
    public var sources: [Glob]
    public var priorities: Set<Priority>
    /// Requests that select in one of these ways.
    public var kinds: SelectorKinds

    public init(
        namespaces: [Glob] = [], tags: [Glob] = [], urls: [Glob] = [], sources: [Glob] = [],
        priorities: Set<Priority> = Set(Priority.allCases), kinds: SelectorKinds = .all
    ) {
        self.namespaces = namespaces
        self.tags = tags
        self.urls = urls
        self.sources = sources
        self.priorities = priorities
        self.kinds = kinds
    }

    /// Whether it selects all requests.
    public var isEmpty: Bool { self == ReplayFilter() }

    public func matches(_ invalidation: Invalidation) -> Bool {
        let selectors = invalidation.selectors
        return priorities.contains(invalidation.priority)
            && (kinds == .all || !kinds.isDisjoint(with: selectors.kinds))
            && Self.selects(namespaces, [invalidation.namespace.name])
            && Self.selects(sources, [invalidation.source ?? ""])
            && Self.selects(tags, selectors.tags)
            && (urls.isEmpty || Self.selects(urls, selectors.urls) || Self.selects(urls, selectors.prefixes))
    }

    private static func selects(_ globs: [Glob], _ texts: [String]) -> Bool {
        globs.isEmpty || texts.contains { text in globs.contains { $0.matches(text) } }
    }
}
