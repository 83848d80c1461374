internal import Basics

/// Shard of a cache: the entries of some keys, with their tags, queues and fills.
///
/// It reads no clock and starts nothing: callers hand the time in, and carry out the loads that answers name. Its tick
/// counts what it handles, and alone decides what came before what.
package struct CacheShard {
    struct Slot {
        var entry: CacheEntry?
        var hash: UInt64 = 0
        var namespace: UInt32 = 0
        var bytes: UInt32 = 0
        /// The tick at the start of the load, or at the write.
        var tick: UInt64 = 0
        var firstEdge: Int32 = -1
        /// Neighbours in the list of the namespace; in a free slot the next free one.
        var previous: Int32 = -1
        var next: Int32 = -1
    }

    /// Entries that take more of the shard than this part are not kept.
    private static let entryShare = 8
    /// Slots that each change looks at for dead entries, and each eviction.
    private static let deadSearch = 4

    package let limit: Int
    package let settings: FillSettings
    var slots: [Slot] = []
    private var firstFreeSlot: Int32 = -1
    private var table = ProbeTable()
    var policy: S3FIFO
    var tags: TagIndex
    var namespaces: [ShardNamespace?] = []
    var entryBytes = 0
    /// What its values would take beyond, were they held as their publishers sent them.
    package private(set) var savedBytes = 0
    private var deadSearchHand = 0
    /// Counts sets, deletes, invalidations and starts of fills.
    package internal(set) var tick: UInt64 = 0
    var fills: FillTable
    var history: InvalidationHistory
    var backoff: LoadBackoff
    var sweeps: [Sweep] = []
    var sweepNumber: UInt64 = 0
    /// Counts of sweeps that were ended early, for those who still ask.
    var endedSweeps: [UInt64: SweepProgress] = [:]
    /// What the disk is still to be told of; nil where there is none.
    var diskChanges: [DiskChange]?
    package internal(set) var counts = ShardCounts()

    /// - Parameter number: its own in its store.
    package init(limit: Int, hasher: SipHash, settings: FillSettings = FillSettings(), number: Int = 0) {
        self.limit = limit
        self.settings = settings
        policy = S3FIFO(limit: limit)
        tags = TagIndex(hasher: hasher)
        fills = FillTable(hasher: hasher, shard: number)
        history = InvalidationHistory(tagsMax: settings.recentTagsMax, prefixesMax: settings.recentPrefixesMax)
        backoff = LoadBackoff(keysMax: settings.failuresMax)
    }

    package var count: Int { table.count }

    /// What it counts, and what its eviction does.
    package var allCounts: ShardCounts {
        var all = counts
        all.ghostHits = policy.ghostHits
        return all
    }

    /// All that it holds, as the allocator counts.
    package var byteCount: Int { entryBytes + structureBytes }

    private var structureBytes: Int {
        AllocationSize.array(slots) + AllocationSize.array(namespaces) + table.byteCount + policy.byteCount
            + tags.byteCount + fills.byteCount + history.byteCount + backoff.byteCount
    }

    package mutating func register(_ namespace: NamespaceNumber, _ rules: NamespaceRules, _ usage: NamespaceUsage) {
        let index = Int(namespace.value)
        while namespaces.count <= index { namespaces.append(nil) }
        if namespaces[index] == nil {
            namespaces[index] = ShardNamespace(usage: usage, refillDelay: rules.refillDelay)
        } else {
            namespaces[index]?.refillDelay = rules.refillDelay
        }
    }

    // MARK: Reading

    /// What the shard has of the key. A hit counts for eviction; nothing else changes.
    @inline(__always)
    package mutating func lookup(_ address: CacheAddress, _ now: CacheTime) -> Lookup {
        guard let slot = visibleSlot(address), let entry = slots[slot].entry else { return .miss }
        let freshness = entry.freshness(now)
        guard freshness != .dead else {
            remove(slot, .expired)
            return .miss
        }
        policy.recordHit(slot)
        return .found(entry, freshness)
    }

    @inline(__always)
    func find(_ address: CacheAddress) -> Int? {
        table.find(address.hash) { slot in
            slots[slot].hash == address.hash && slots[slot].namespace == address.namespace.value
                && slots[slot].entry?.key == address.key
        }
    }

    /// The slot of the key unless a sweep that is still at work is to remove it.
    @inline(__always)
    func visibleSlot(_ address: CacheAddress) -> Int? {
        guard let slot = find(address) else { return nil }
        return !sweeps.isEmpty && isInvalidated(slot) ? nil : slot
    }

    // MARK: Changing

    /// Puts an entry in, in place of what the key had.
    ///
    /// - Parameter tick: when its value was read: what was invalidated since must have been ruled out.
    /// - Returns: false where it is too large to be kept.
    mutating func insert(
        _ entry: CacheEntry, _ address: CacheAddress, tick: UInt64, _ now: CacheTime, isFromDisk: Bool = false
    ) -> Bool {
        if let slot = find(address) { remove(slot, .replaced) }
        let bytes = AllocationSize.entry(entry)
        guard bytes <= limit / Self.entryShare, namespaces.indices.contains(Int(address.namespace.value)) else {
            counts.tooLarge += 1
            if !isFromDisk { diskChanges?.append(.remove(address)) }
            return false
        }
        if !isFromDisk { diskChanges?.append(.store(address, entry)) }
        removeDead(now, budget: Self.deadSearch)
        makeCapacity(bytes, now)
        let slot = makeSlot()
        slots[slot].entry = entry
        slots[slot].hash = address.hash
        slots[slot].namespace = address.namespace.value
        slots[slot].bytes = UInt32(clamping: bytes)
        slots[slot].tick = tick
        slots[slot].firstEdge = tags.attach(slot, entry.tags, address.namespace.value)
        table.insert(slot, address.hash)
        policy.insert(slot, hash: address.hash, bytes: bytes)
        entryBytes += bytes
        savedBytes += entry.savedBytes
        appendToNamespace(slot)
        // A table that grew counts as well.
        makeCapacity(0, now)
        return slots[slot].entry === entry
    }

    /// Whether readers get a value from it.
    func isVisible(_ slot: Int, _ now: CacheTime) -> Bool {
        guard let entry = slots[slot].entry, entry.value != nil else { return false }
        return now < entry.deadAt
    }

    /// Takes an entry out of everything that knows it.
    mutating func remove(_ slot: Int, _ reason: RemovalReason) {
        counts.record(reason)
        if !sweeps.isEmpty { countForSweep(slot) }
        if reason != .evicted { policy.remove(slot) }
        table.remove(slot, slots[slot].hash)
        let mayBeAwaited = !fills.isEmpty
        // Fills that began before a tag's invalidation must still hear of it.
        for released in tags.detach(slots[slot].firstEdge, isAwaited: mayBeAwaited) {
            history.add(tag: released.hash, tick: released.lastTick)
        }
        entryBytes -= Int(slots[slot].bytes)
        savedBytes -= slots[slot].entry?.savedBytes ?? 0
        removeFromNamespace(slot)
        slots[slot] = Slot()
        slots[slot].next = firstFreeSlot
        firstFreeSlot = Int32(slot)
    }

    /// Puts a stale form of the slot's entry in its place, as new as the last thing that was handled.
    mutating func replace(_ slot: Int, with entry: CacheEntry) {
        let namespace = slots[slot].namespace
        for released in tags.detach(slots[slot].firstEdge, isAwaited: !fills.isEmpty) {
            history.add(tag: released.hash, tick: released.lastTick)
        }
        removeFromNamespace(slot)
        slots[slot].entry = entry
        slots[slot].tick = tick
        slots[slot].firstEdge = tags.attach(slot, entry.tags, namespace)
        appendToNamespace(slot)
    }

    /// Evicts until as many bytes fit. Dead entries go first, as far as a short search finds them.
    mutating func makeCapacity(_ bytes: Int, _ now: CacheTime) {
        while byteCount + bytes > limit {
            removeDead(now, budget: Self.deadSearch)
            guard byteCount + bytes > limit, let slot = policy.popVictim() else { return }
            remove(slot, .evicted)
        }
    }

    /// Evicts the oldest entry of a namespace that nobody asked for since, or else the oldest.
    mutating func evict(_ namespace: NamespaceNumber) -> Bool {
        guard let head = self[namespace]?.head, head >= 0 else { return false }
        var chosen = Int(head)
        var next = head
        for _ in 0..<16 where next >= 0 {
            guard policy.isReused(Int(next)) else {
                chosen = Int(next)
                break
            }
            next = slots[Int(next)].next
        }
        remove(chosen, .overQuota)
        return true
    }

    private mutating func removeDead(_ now: CacheTime, budget: Int) {
        for _ in 0..<min(budget, slots.count) {
            deadSearchHand = deadSearchHand + 1 < slots.count ? deadSearchHand + 1 : 0
            if let entry = slots[deadSearchHand].entry, entry.deadAt <= now { remove(deadSearchHand, .expired) }
        }
    }

    private mutating func makeSlot() -> Int {
        guard firstFreeSlot >= 0 else {
            slots.append(Slot())
            return slots.count - 1
        }
        let slot = Int(firstFreeSlot)
        firstFreeSlot = slots[slot].next
        slots[slot].next = -1
        return slot
    }

    // MARK: Lists of namespaces

    subscript(namespace: NamespaceNumber) -> ShardNamespace? {
        let index = Int(namespace.value)
        return index < namespaces.count ? namespaces[index] : nil
    }

    private mutating func appendToNamespace(_ slot: Int) {
        let index = Int(slots[slot].namespace)
        guard let tail = namespaces[index]?.tail else { return }
        slots[slot].previous = tail
        slots[slot].next = -1
        if tail >= 0 { slots[Int(tail)].next = Int32(slot) } else { namespaces[index]?.head = Int32(slot) }
        namespaces[index]?.tail = Int32(slot)
        changeUsage(index, bytes: Int(slots[slot].bytes), entries: 1)
    }

    private mutating func removeFromNamespace(_ slot: Int) {
        let index = Int(slots[slot].namespace)
        let (previous, next) = (slots[slot].previous, slots[slot].next)
        if previous >= 0 { slots[Int(previous)].next = next } else { namespaces[index]?.head = next }
        if next >= 0 { slots[Int(next)].previous = previous } else { namespaces[index]?.tail = previous }
        changeUsage(index, bytes: -Int(slots[slot].bytes), entries: -1)
        for sweep in sweeps.indices where sweeps[sweep].cursor == Int32(slot) { sweeps[sweep].cursor = next }
    }

    private mutating func changeUsage(_ index: Int, bytes: Int, entries: Int) {
        namespaces[index]?.count += entries
        namespaces[index]?.bytes += bytes
        namespaces[index]?.usage.add(bytes: bytes, entries: entries)
    }

    // MARK: Consistency

    /// What readers can still get a value from, for tests and simulations.
    package func visibleEntries(_ namespace: NamespaceNumber, _ now: CacheTime) -> [CacheEntry] {
        slots.indices.compactMap { slot in
            guard slots[slot].namespace == namespace.value, isVisible(slot, now) else { return nil }
            return sweeps.isEmpty || !isInvalidated(slot) ? slots[slot].entry : nil
        }
    }

    /// What does not agree with itself, for tests and simulations; nil where all does.
    package func inconsistency() -> String? {
        let used = slots.indices.filter { slots[$0].entry != nil }
        if used.count != table.count || used.count != policy.count { return "slots \(used.count), \(table.count)" }
        if used.reduce(0, { $0 + Int(slots[$1].bytes) }) != entryBytes { return "bytes of entries" }
        if used.reduce(0, { $0 + (slots[$1].entry?.savedBytes ?? 0) }) != savedBytes { return "saved bytes" }
        if policy.entryBytes != entryBytes { return "bytes of queues" }
        if used.reduce(0, { $0 + (slots[$1].entry?.tags.count ?? 0) }) != tags.edgeCount { return "tags of entries" }
        if byteCount > limit { return "\(byteCount) bytes of \(limit)" }
        for (index, namespace) in namespaces.enumerated() {
            guard let namespace else { continue }
            var walked = 0
            var next = namespace.head
            while next >= 0 {
                if slots[Int(next)].namespace != UInt32(index) { return "list of namespace \(index)" }
                walked += 1
                next = slots[Int(next)].next
            }
            if walked != namespace.count { return "count of namespace \(index)" }
        }
        return tags.inconsistency() ?? fills.inconsistency()
    }
}
