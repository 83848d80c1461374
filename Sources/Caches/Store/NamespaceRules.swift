/// Limits and times of a namespace.
public struct NamespaceRules: Hashable, Sendable {
    /// Bytes of memory of all its entries.
    public var bytesMax = Int.max
    public var entriesMax = Int.max
    /// Lifetime of entries that say none.
    public var lifetimeUsual = CacheLimits.lifetimeUsual
    public var lifetimeMax = CacheLimits.lifetimeMax
    /// The first one that matches an entry counts, before `lifetimeUsual`.
    public var lifetimeRules: [LifetimeRule] = []
    /// What a load that starts so soon behind an invalidation brings may be from a replica that lags: it lives no
    /// longer than this.
    public var refillDelay: Duration = .zero
    /// Nil where nodes keep nothing that another one owns.
    public var mirrors: MirrorRules?
    /// Nil where nothing is loaded before somebody asks.
    public var warming: WarmingRules?

    public init() {}
}
