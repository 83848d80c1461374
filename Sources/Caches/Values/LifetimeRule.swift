public import Invalidations

/// Times of entries whose publishers say none, chosen by pattern of key or tag.
public struct LifetimeRule: Hashable, Sendable {
    /// Rules of one namespace.
    public static let countMax = 32
    /// Longer patterns would make each write slow.
    public static let patternBytesMax = 256

    /// Nil for any key.
    public var key: Glob?
    /// Of one of the entry's tags; nil whatever its tags.
    public var tag: Glob?
    /// Nil leaves the time to the namespace.
    public var fresh: Duration?
    public var staleWhileRevalidate: Duration?
    public var staleIfError: Duration?

    public init(key: Glob? = nil, tag: Glob? = nil) {
        self.key = key
        self.tag = tag
    }

    /// A key that is no text has no pattern but `*`.
    func matches(_ text: String?, tags: [String]) -> Bool {
        if let key, key.description != "*", text.map({ key.matches($0) }) != true { return false }
        return tag.map { tag in tags.contains { tag.matches($0) } } ?? true
    }
}

extension NamespaceRules {
    /// The first rule that matches; nil where none does.
    public func lifetimeRule(_ key: CacheKey, tags: [String]) -> LifetimeRule? {
        guard !lifetimeRules.isEmpty else { return nil }
        let text = String(validating: key.bytes, as: UTF8.self)
        return lifetimeRules.first { $0.matches(text, tags: tags) }
    }

    /// The lifetime of what a publisher stores. What it says itself goes before the rule, and the rule before the
    /// namespace's time.
    ///
    /// - Parameters: as the publisher gave them, in seconds. No `ttl`, null and 0 leave it to the rules; of the windows
    ///   0 means none.
    public func lifetime(
        of key: CacheKey, tags: [String], ttl: Double?, staleWhileRevalidate: Double?, staleIfError: Double?
    ) throws(CacheInputError) -> (lifetime: Lifetime, isClamped: Bool) {
        let rule = lifetimeRule(key, tags: tags)
        let fresh = try Lifetime.fresh(seconds: ttl, rule: rule?.fresh ?? lifetimeUsual, max: lifetimeMax)
        return (
            Lifetime(
                fresh: fresh.duration,
                staleWhileRevalidate: try Lifetime.window(
                    seconds: staleWhileRevalidate, rule: rule?.staleWhileRevalidate, field: "staleWhileRevalidate"),
                staleIfError: try Lifetime.window(
                    seconds: staleIfError, rule: rule?.staleIfError, field: "staleIfError")),
            fresh.isClamped
        )
    }
}
