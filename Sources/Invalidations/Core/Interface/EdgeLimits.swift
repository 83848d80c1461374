/// What an edge, or an account that several share, takes in at most.
public struct EdgeLimits: Hashable, Sendable {
    public var requests: Rate?
    /// Tags, URLs and prefixes.
    public var items: Rate?
    /// Of selectors.
    public var bytes: Rate?

    public init(requests: Rate? = nil, items: Rate? = nil, bytes: Rate? = nil) {
        self.requests = requests
        self.items = items
        self.bytes = bytes
    }
}

/// So many a second in the long run, and so many at once after a rest.
public struct Rate: Hashable, Sendable {
    public var perSecond: Double
    public var burst: Double

    /// - Parameter burst: nil for what a second allows, at least one.
    public init(perSecond: Double, burst: Double? = nil) {
        precondition(perSecond > 0, "a rate lets something through")
        self.perSecond = perSecond
        self.burst = max(1, burst ?? perSecond)
    }
}
