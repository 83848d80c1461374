/// A namespace within one shard: its entries in the order in which they came, and its last invalidations.
struct ShardNamespace {
    let usage: NamespaceUsage
    var refillDelay: Duration
    /// The list of its slots, the oldest first.
    var head: Int32 = -1
    var tail: Int32 = -1
    var count = 0
    var bytes = 0
    /// Ticks of the last invalidation of everything, and of any tag; zero is never.
    var everythingTick: UInt64 = 0
    var tagTick: UInt64 = 0
    var lastInvalidation: CacheTime?
}
