internal import CacheWrites
internal import Caches

/// One node of the simulated installation: its store, and the partitions that it believes to own.
final class SimulatedNode {
    struct Slot {
        var isAssigned = false
        var owned: OwnedPartition?
        var passedClaims: Int64 = -1
        /// When it is to be claimed; never while a claim is under way.
        var claimAt = CacheTime.never
        /// Behind the last record that was looked at.
        var applied: Int64 = 0
    }

    struct Load {
        let order: LoadOrder
        let began: Int
    }

    let number: Int
    /// Rises with each start: what was on its way to an earlier process reaches nobody.
    var incarnation = 0
    var isAlive = true
    var isFrozen = false
    /// Of Kafka; clients and the database still reach it.
    var isCutOff = false
    /// Assignment that it knows of.
    var generation = 0
    /// Counts assignments that it has met.
    var round = 0
    var slots: [Slot]
    var shard: CacheShard
    /// Invalidations of the log that it has applied.
    var tail = 0
    var loads: [Load] = []
    /// When what a key has was last written or invalidated here.
    var voidedAt: [CacheKey: Int] = [:]
    /// Whom it last heard to own a partition.
    var ownerBook: [Int32: Int] = [:]

    private let hasher: SipHash
    private let limit: Int

    init(_ number: Int, partitions: Int, limit: Int, hasher: SipHash) {
        (self.number, self.limit, self.hasher) = (number, limit, hasher)
        slots = Array(repeating: Slot(), count: partitions)
        shard = Self.makeShard(limit, hasher)
    }

    var isAwake: Bool { isAlive && !isFrozen }

    /// A new process knows nothing.
    func restart(tail: Int) {
        incarnation += 1
        (isAlive, isFrozen, isCutOff, generation, round, self.tail) = (true, false, false, -1, 0, tail)
        slots = Array(repeating: Slot(), count: slots.count)
        shard = Self.makeShard(limit, hasher)
        (loads, voidedAt, ownerBook) = ([], [:], [:])
    }

    /// - Returns: nil where it owns nothing.
    func withOwned<R>(_ partition: Int32, epoch: Int64? = nil, _ body: (inout OwnedPartition) -> R) -> R? {
        guard let current = slots[Int(partition)].owned?.lease.epoch, epoch ?? current == current else { return nil }
        return body(&slots[Int(partition)].owned!)
    }

    private static func makeShard(_ limit: Int, _ hasher: SipHash) -> CacheShard {
        var settings = FillSettings()
        settings.backoffFirst = .milliseconds(10)
        settings.backoffLongest = .milliseconds(50)
        var shard = CacheShard(limit: limit, hasher: hasher, settings: settings)
        shard.register(NamespaceNumber(value: 0), NamespaceRules(), NamespaceUsage())
        return shard
    }
}
