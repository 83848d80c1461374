/// Bounds and times of loads and leases.
public struct FillSettings: Hashable, Sendable {
    /// A load that takes longer has failed.
    public var loadTimeMax: Duration = .seconds(10)
    public var leaseTime: Duration = .seconds(10)
    /// Pauses behind loads that failed.
    public var backoffFirst: Duration = .seconds(1)
    public var backoffLongest: Duration = .seconds(30)
    /// Loads and leases of a shard at a time.
    public var fillsMax = 1_024
    /// Readers of a shard that wait.
    public var waitersMax = 16_384
    /// Keys of a shard whose failures are remembered.
    public var failuresMax = 1_024
    /// Invalidations of a shard that are remembered for the fills in work.
    public var recentTagsMax = 4_096
    public var recentPrefixesMax = 256

    public init() {}
}
