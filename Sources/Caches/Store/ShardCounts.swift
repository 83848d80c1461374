/// Why an entry left.
enum RemovalReason {
    case evicted
    case overQuota
    case expired
    case replaced
    case deleted
    case invalidated
}

/// How many entries left a shard, by reason, and what became of fills.
public struct ShardCounts: Hashable, Sendable {
    public var evicted = 0
    public var overQuota = 0
    public var expired = 0
    public var deleted = 0
    public var invalidated = 0
    public var tooLarge = 0
    /// Entries that came back soon after their eviction.
    public var ghostHits = 0
    public var loads = 0
    public var storedLoads = 0
    public var absentLoads = 0
    public var overtaken = 0
    public var failedLoads = 0
    public var leasesRefused = 0

    public init() {}

    mutating func record(_ reason: RemovalReason) {
        switch reason {
        case .evicted: evicted += 1
        case .overQuota: overQuota += 1
        case .expired: expired += 1
        case .replaced: break
        case .deleted: deleted += 1
        case .invalidated: invalidated += 1
        }
    }

    public static func + (a: ShardCounts, b: ShardCounts) -> ShardCounts {
        var sum = a
        sum.evicted += b.evicted
        sum.overQuota += b.overQuota
        sum.expired += b.expired
        sum.deleted += b.deleted
        sum.invalidated += b.invalidated
        sum.tooLarge += b.tooLarge
        sum.ghostHits += b.ghostHits
        sum.loads += b.loads
        sum.storedLoads += b.storedLoads
        sum.absentLoads += b.absentLoads
        sum.overtaken += b.overtaken
        sum.failedLoads += b.failedLoads
        sum.leasesRefused += b.leasesRefused
        return sum
    }
}
