/// Condition of a write: which validators the present entry must have, or must not have.
public struct WriteCondition: Hashable, Sendable {
    /// Lists of entity tags, as `If-Match` has them; nil for no condition.
    public var match: String?
    /// Lists of entity tags, as `If-None-Match` has them; nil for no condition.
    public var noneMatch: String?

    public static let none = WriteCondition()

    public init(match: String? = nil, noneMatch: String? = nil) {
        self.match = match
        self.noneMatch = noneMatch
    }

    /// - Parameter entry: what readers would get; nil for nothing.
    public func holds(for entry: CacheEntry?) -> Bool { holds(for: entry?.value) }

    /// - Parameter value: that the key has; nil for none.
    public func holds(for value: CacheValue?) -> Bool {
        let tag = value?.entityTag
        if let match, tag?.isNamed(in: match, isWeak: false) != true { return false }
        if let noneMatch, tag?.isNamed(in: noneMatch, isWeak: true) == true { return false }
        return true
    }
}

/// What became of a write.
public enum WriteOutcome: Hashable, Sendable {
    case done
    case tooLarge
    /// The present entry is not what the condition asks for.
    case conditionFailed
}
