/// Recent invalidations by tag and prefix, for fills that began before them.
///
/// Tags that entries carry keep their own tick; here are the others. It is bounded: what it drops raises the floor, and
/// fills that began below the floor are refused.
struct InvalidationHistory {
    private struct Prefix {
        var tick: UInt64
        var namespace: UInt32
        var prefix: KeyPrefix
    }

    private let tagsMax: Int
    private let prefixesMax: Int
    /// The hash of a tag and its namespace. Two tags of one hash cost a miss, never a stale entry.
    private var tags: [UInt64: UInt64] = [:]
    private var order: [(hash: UInt64, tick: UInt64)] = []
    private var orderStart = 0
    private var prefixes: [Prefix] = []
    /// Nothing is known of invalidations up to this tick.
    private(set) var floorTick: UInt64 = 0

    init(tagsMax: Int, prefixesMax: Int) {
        self.tagsMax = tagsMax
        self.prefixesMax = prefixesMax
    }

    var isEmpty: Bool { tags.isEmpty && prefixes.isEmpty }

    var byteCount: Int {
        tags.capacity * 24 + order.capacity * 16 + prefixes.reduce(0) { $0 + 64 + $1.prefix.byteCount }
    }

    mutating func add(tag hash: UInt64, tick: UInt64) {
        tags[hash] = max(tick, tags[hash] ?? 0)
        order.append((hash, tick))
        while order.count - orderStart > tagsMax {
            let oldest = order[orderStart]
            orderStart += 1
            if tags[oldest.hash] == oldest.tick { tags[oldest.hash] = nil }
            floorTick = max(floorTick, oldest.tick)
        }
        // Half of it is behind the start: the array moves up, rarely enough.
        if orderStart > tagsMax {
            order.removeFirst(orderStart)
            orderStart = 0
        }
    }

    mutating func add(prefix: KeyPrefix, namespace: UInt32, tick: UInt64) {
        prefixes.append(Prefix(tick: tick, namespace: namespace, prefix: prefix))
        if prefixes.count > prefixesMax { floorTick = max(floorTick, prefixes.removeFirst().tick) }
    }

    func isInvalidated(tag hash: UInt64, since tick: UInt64) -> Bool { (tags[hash] ?? 0) > tick }

    func isCovered(_ key: CacheKey, _ namespace: UInt32, since tick: UInt64) -> Bool {
        prefixes.contains { $0.tick > tick && $0.namespace == namespace && $0.prefix.covers(key) }
    }

    /// Nothing began before any of it.
    mutating func removeAll() {
        guard !isEmpty || !order.isEmpty else { return }
        tags.removeAll(keepingCapacity: tags.capacity <= 1_024)
        order.removeAll(keepingCapacity: order.capacity <= 1_024)
        orderStart = 0
        prefixes.removeAll()
    }
}
