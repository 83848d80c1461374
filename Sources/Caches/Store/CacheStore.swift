internal import Glibc
public import Invalidations
internal import Synchronization

/// Store of entries in shards, each behind a lock of its own.
///
/// What means one key is one step in its shard. What means many keys goes from shard to shard: it is one step for each
/// key, and no step for all of them. No lock is held while another one is taken, but for that of the disk's queue.
public final class CacheStore: Sendable {
    private final class Box: Sendable {
        let shard: Mutex<CacheShard>

        init(_ shard: sending CacheShard) {
            self.shard = Mutex(shard)
        }
    }

    private struct Registry {
        var numbers: [Namespace: NamespaceNumber] = [:]
        var rules: [NamespaceRules] = []
        /// Where the next search for what is over a quota begins.
        var trimStart = 0
    }

    public let limit: Int
    /// What a disk behind the store is to be told of; nil where there is none.
    public let disk: DiskQueue?
    private let hasher: SipHash
    private let shards: [Box]
    private let registry = Mutex(Registry())
    /// By the namespace's number, all from the start: each read counts there, and needs no lock for it.
    private let usages: [NamespaceUsage]

    /// - Parameters:
    ///   - limit: bytes of memory that it may take, its tables included.
    ///   - seed: of the hash, such as random numbers.
    ///   - shards: nil for as many as the limit is good for.
    ///   - wakeDisk: called when a disk behind the store has something to write; nil where there is no disk.
    public init(
        limit: Int, seed: (UInt64, UInt64), shards: Int? = nil, namespacesMax: Int = 4_096,
        settings: FillSettings = FillSettings(), wakeDisk: (@Sendable () -> Void)? = nil
    ) {
        let count = shards ?? Self.shardCount(limit)
        precondition(count > 0 && count & (count - 1) == 0 && count <= 256, "shards are a power of two")
        self.limit = limit
        usages = (0..<namespacesMax).map { _ in NamespaceUsage() }
        let hasher = SipHash(key0: seed.0, key1: seed.1)
        self.hasher = hasher
        fillsMax = count * settings.fillsMax
        disk = wakeDisk.map { DiskQueue(hasher: hasher, shards: count, wake: $0) }
        let hasDisk = wakeDisk != nil
        self.shards = (0..<count).map { number in
            var shard = CacheShard(limit: limit / count, hasher: hasher, settings: settings, number: number)
            if hasDisk { shard.diskChanges = [] }
            return Box(shard)
        }
    }

    /// So that a shard holds the largest values without trouble, and no more than 64.
    private static func shardCount(_ limit: Int) -> Int {
        var count = 1
        while count < 64, limit / (count * 2) >= 32 << 20 { count *= 2 }
        return count
    }

    public var shardCount: Int { shards.count }
    /// Loads and leases at a time.
    public let fillsMax: Int

    // MARK: Namespaces

    /// Makes a namespace known, or gives it other rules.
    ///
    /// - Returns: nil where there are too many.
    public func register(_ namespace: Namespace, _ rules: NamespaceRules = NamespaceRules()) -> NamespaceNumber? {
        let known = registry.withLock { registry -> NamespaceNumber? in
            if let number = registry.numbers[namespace] {
                registry.rules[Int(number.value)] = rules
                return number
            }
            guard registry.rules.count < usages.count else { return nil }
            let number = NamespaceNumber(value: UInt32(registry.rules.count))
            registry.numbers[namespace] = number
            registry.rules.append(rules)
            return number
        }
        guard let number = known else { return nil }
        for box in shards { box.shard.withLock { $0.register(number, rules, usages[Int(number.value)]) } }
        return number
    }

    public func number(_ namespace: Namespace) -> NamespaceNumber? {
        registry.withLock { $0.numbers[namespace] }
    }

    /// All that are known, in the order in which they came.
    public var namespaces: [(name: Namespace, number: NamespaceNumber)] {
        registry.withLock { $0.numbers }.map { ($0.key, $0.value) }.sorted { $0.number.value < $1.number.value }
    }

    public func rules(_ namespace: NamespaceNumber) -> NamespaceRules {
        registry.withLock { $0.rules[Int(namespace.value)] }
    }

    public func address(_ namespace: NamespaceNumber, _ key: CacheKey) -> CacheAddress {
        CacheAddress(namespace, key, hasher)
    }

    // MARK: One key

    public func lookup(_ address: CacheAddress, _ now: CacheTime) -> Lookup {
        withShard(address) { $0.lookup(address, now) }
    }

    public func read(_ address: CacheAddress, _ waiter: WaiterID, _ now: CacheTime) -> ReadAnswer {
        withShard(address) { $0.read(address, waiter, now) }
    }

    /// Begins a load for which nobody waits; nil where there is no need of one, or it must not begin.
    public func warm(_ address: CacheAddress, _ now: CacheTime) -> LoadOrder? {
        withShard(address) { $0.warm(address, now) }
    }

    public func finishLoad(_ order: LoadOrder, _ result: LoadResult, _ now: CacheTime) -> LoadEnd {
        let end = withShard(order.address) { $0.finishLoad(order.token, result, now) }
        if end.outcome == .found { disk?.touch(order.address) }
        keepQuota(order.address.namespace)
        return end
    }

    public func acquireLease(_ address: CacheAddress, _ now: CacheTime) -> LeaseAnswer {
        withShard(address) { $0.acquireLease(address, now) }
    }

    public func finishLease(
        _ token: FillToken, _ address: CacheAddress, _ value: CacheValue, tags: [String], lifetime: Lifetime,
        age: Duration = .zero, _ now: CacheTime
    ) -> (end: LeaseEnd, next: LoadOrder?) {
        let answer = withShard(address) {
            $0.finishLease(token, address, value, tags: tags, lifetime: lifetime, age: age, now)
        }
        keepQuota(address.namespace)
        return answer
    }

    /// - Returns: false where the value is too large to be kept.
    public func set(
        _ address: CacheAddress, _ value: CacheValue, tags: [String], lifetime: Lifetime, _ now: CacheTime
    ) -> Bool {
        let isStored = withShard(address) { $0.set(address, value, tags: tags, lifetime: lifetime, now) }
        keepQuota(address.namespace)
        return isStored
    }

    /// - Returns: whether readers would have got a value.
    public func delete(_ address: CacheAddress, _ now: CacheTime) -> Bool {
        withShard(address) { $0.delete(address, now) }
    }

    /// Stores what a client writes, if the condition holds for what the key has.
    public func set(
        _ address: CacheAddress, _ value: CacheValue, tags: [String], lifetime: Lifetime, if condition: WriteCondition,
        _ now: CacheTime
    ) -> WriteOutcome {
        let outcome = withShard(address) {
            $0.set(address, value, tags: tags, lifetime: lifetime, if: condition, now)
        }
        keepQuota(address.namespace)
        return outcome
    }

    /// Removes what the key has, if the condition holds for it.
    public func delete(_ address: CacheAddress, if condition: WriteCondition, _ now: CacheTime) -> WriteOutcome {
        withShard(address) { $0.delete(address, if: condition, now) }
    }

    // MARK: Many keys

    /// Invalidates what the selectors mean. Readers no longer get it once this returns.
    ///
    /// - Parameters:
    ///   - isSoft: entries that may be served stale stay so. Those of a large number that are not reached yet are
    ///     misses meanwhile.
    ///   - spared: one that stays as it is, whatever the selectors.
    /// - Returns: how many distinct entries readers would have got from memory.
    public func invalidate(
        _ selectors: CacheSelectors, in namespace: NamespaceNumber, isSoft: Bool = false,
        sparing spared: SparedEntry? = nil, _ now: CacheTime
    ) -> Int {
        guard selectors.isWide, let disk, disk.includes(namespace) else {
            return forget(selectors, in: namespace, isSoft: isSoft, sparing: spared, namesRemoved: false, now).count
        }
        let sweep = DiskSweep(sequence: 0, namespace: namespace, selectors: selectors, isSoft: isSoft, now: now)
        return forget(selectors, in: namespace, isSoft: isSoft, sparing: spared, namesRemoved: false, now, sweep).count
    }

    /// Invalidates the same, and has the entries counted that are on the disk alone.
    ///
    /// - Parameter watcher: gathers what the disk removes.
    /// - Returns: hashes of the distinct entries that readers would have got from memory.
    public func invalidate(
        _ selectors: CacheSelectors, in namespace: NamespaceNumber, isSoft: Bool, watcher: SweepWatcher,
        _ now: CacheTime
    ) -> [UInt64] {
        let sweep = DiskSweep(
            sequence: 0, namespace: namespace, selectors: selectors, isSoft: isSoft, now: now, watcher: watcher)
        return forget(selectors, in: namespace, isSoft: isSoft, sparing: nil, namesRemoved: true, now, sweep).removed
    }

    /// - Parameter sweep: what the disk is told; nil where each key is told alone, or there is no disk.
    private func forget(
        _ selectors: CacheSelectors, in namespace: NamespaceNumber, isSoft: Bool, sparing spared: SparedEntry?,
        namesRemoved: Bool, _ now: CacheTime, _ sweep: DiskSweep? = nil
    ) -> SweepProgress {
        var addresses: [Int: [CacheAddress]] = [:]
        for key in selectors.keys {
            let address = address(namespace, key)
            addresses[shardIndex(address), default: []].append(address)
        }
        var total = SweepProgress(count: 0)
        var pending: [(shard: Int, number: UInt64)] = []
        // First nobody sees them any more, in any shard; then they are removed.
        let hide = { [self] in
            for index in shards.indices where selectors.isWide || addresses[index] != nil {
                let progress = shards[index].shard.withLock { shard in
                    let progress = shard.invalidate(
                        selectors, addresses[index] ?? [], in: namespace, isSoft: isSoft, sparing: spared,
                        namesRemoved: namesRemoved, now)
                    tellDisk(&shard, index, isStep: sweep != nil)
                    return progress
                }
                if let number = progress.pending { pending.append((index, number)) } else { total.add(progress) }
            }
        }
        if let sweep, let disk { disk.sweep(sweep, hide) } else { hide() }
        // A turn in each shard, round and round: a reader waits for the turn that is under way, and not for the next.
        while !pending.isEmpty {
            pending.removeAll { index, number in
                let progress = shards[index].shard.withLock { $0.continueSweep(number) }
                // Readers that came meanwhile go first, also where the processors are all busy.
                sched_yield()
                guard progress.pending == nil else { return false }
                total.add(progress)
                return true
            }
        }
        return total
    }

    // MARK: Time

    public var nextDeadline: CacheTime? {
        shards.lazy.compactMap { $0.shard.withLock(\.nextDeadline) }.min()
    }

    public func expireFills(_ now: CacheTime) -> [LoadEnd] {
        shards.flatMap { $0.shard.withLock { $0.expireFills(now) } }
    }

    /// Ends all leases: their clients ask another owner from now on.
    public func endLeases(_ now: CacheTime) -> [LoadOrder] {
        shards.flatMap { $0.shard.withLock { $0.endLeases(now) } }
    }

    // MARK: Figures

    public var byteCount: Int { shards.reduce(0) { $0 + $1.shard.withLock(\.byteCount) } }
    /// What values would take beyond, were they held as their publishers sent them.
    public var savedBytes: Int { shards.reduce(0) { $0 + $1.shard.withLock(\.savedBytes) } }
    public var count: Int { shards.reduce(0) { $0 + $1.shard.withLock(\.count) } }
    public var counts: ShardCounts { shards.reduce(ShardCounts()) { $0 + $1.shard.withLock(\.allCounts) } }

    public func usage(_ namespace: NamespaceNumber) -> (bytes: Int, entries: Int) {
        let usage = usages[Int(namespace.value)]
        return (usage.bytes, usage.entries)
    }

    /// Counts a read, by whether its reader got what was there. The store does not know what its callers make of it.
    public func recordRead(_ namespace: NamespaceNumber, isHit: Bool) {
        usages[Int(namespace.value)].recordRead(isHit: isHit)
    }

    public func reads(_ namespace: NamespaceNumber) -> (hits: Int, misses: Int) {
        let usage = usages[Int(namespace.value)]
        return (usage.hits, usage.misses)
    }

    /// What readers can still get a value from, for tests and simulations.
    package func visibleEntries(_ namespace: NamespaceNumber, _ now: CacheTime) -> [CacheEntry] {
        shards.flatMap { $0.shard.withLock { $0.visibleEntries(namespace, now) } }
    }

    package func inconsistency() -> String? {
        shards.lazy.compactMap { $0.shard.withLock { $0.inconsistency() } }.first
    }

    private func shardIndex(_ address: CacheAddress) -> Int {
        // The table of a shard uses the upper half of the hash.
        Int(truncatingIfNeeded: address.hash) & (shards.count - 1)
    }

    @inline(__always)
    private func withShard<T: Sendable>(_ address: CacheAddress, _ body: (inout CacheShard) -> T) -> T {
        let index = shardIndex(address)
        guard disk != nil else { return shards[index].shard.withLock { body(&$0) } }
        return shards[index].shard.withLock { shard in
            defer { tellDisk(&shard, index, isStep: false) }
            return body(&shard)
        }
    }

    /// Under the shard's lock, so that the disk hears of its changes in their order.
    ///
    /// - Parameter isStep: of an invalidation that is under way.
    private func tellDisk(_ shard: inout CacheShard, _ index: Int, isStep: Bool) {
        guard let disk, let changes = shard.diskChanges, isStep || !changes.isEmpty else { return }
        shard.diskChanges = []
        if isStep { disk.pass(index, changes) } else { disk.add(changes, of: index) }
    }

    /// Evicts of a namespace that is over its quota, in one shard behind the other, so that all bear the same part.
    private func keepQuota(_ namespace: NamespaceNumber) {
        let usage = usages[Int(namespace.value)]
        let (rules, start) = registry.withLock { registry in
            registry.trimStart = (registry.trimStart + 1) & (shards.count - 1)
            return (registry.rules[Int(namespace.value)], registry.trimStart)
        }
        var index = start
        var empty = 0
        while usage.bytes > rules.bytesMax || usage.entries > rules.entriesMax, empty < shards.count {
            empty = shards[index].shard.withLock { $0.evict(namespace) } ? 0 : empty + 1
            index = (index + 1) & (shards.count - 1)
        }
    }
}
