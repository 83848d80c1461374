/// What is loaded behind an invalidation before anybody asks, and how fast.
public struct WarmingRules: Hashable, Sendable {
    /// Keys of one invalidation at most.
    public var keysMax = 100
    /// Loads in a second.
    public var perSecond = 20
    /// Expected reads before the entry expires, times the duration of its load, must be more than this.
    public var floor: Duration = .seconds(1)
    /// Reads are counted in two windows of this length.
    public var window: Duration = .seconds(60)

    public init() {}
}
