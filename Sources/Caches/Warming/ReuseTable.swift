internal import Basics

/// How often loaded keys of a namespace are read, and what their loads cost.
///
/// Bounded in keys and bytes. Where it is full, the coldest of some keys goes.
struct ReuseTable {
    struct Known {
        let address: CacheAddress
        var tags: [String]
        /// How long an entry of the key stays fresh.
        var fresh: Duration
        /// What a load lasts: a moving mean.
        var cost: Duration
        /// Number of the window that `reads` counts.
        var window: Int64
        var reads = 0
        var readsBefore = 0

        var bytes: Int { 256 + address.key.bytes.count + tags.reduce(0) { $0 + 64 + $1.utf8.count } }
    }

    /// Keys that are looked at for the coldest one.
    private static let searched = 8

    private let keysMax: Int
    private let bytesMax: Int
    let windowNanoseconds: Int64
    private var slots: [Known] = []
    private var byKey: [CacheKey: Int] = [:]
    private var byTag: [String: Set<CacheAddress>] = [:]
    private var hand = 0
    private(set) var bytes = 0

    init(window: Duration, keysMax: Int, bytesMax: Int) {
        windowNanoseconds = max(1, window.nanoseconds)
        (self.keysMax, self.bytesMax) = (keysMax, bytesMax)
    }

    var count: Int { slots.count }

    subscript(address: CacheAddress) -> Known? { byKey[address.key].map { slots[$0] } }

    mutating func recordRead(_ address: CacheAddress, _ now: CacheTime) {
        guard let slot = byKey[address.key] else { return }
        roll(slot, now)
        slots[slot].reads += 1
    }

    mutating func recordLoad(
        _ address: CacheAddress, tags: [String], fresh: Duration, cost: Duration, _ now: CacheTime
    ) {
        var known = Known(address: address, tags: tags, fresh: fresh, cost: cost, window: window(now))
        if let old = self[address] {
            known.cost = (old.cost * 3 + cost) / 4
            (known.window, known.reads, known.readsBefore) = (old.window, old.reads, old.readsBefore)
            remove(address)
        }
        guard known.bytes <= bytesMax / 16 else { return }
        while !slots.isEmpty, slots.count >= keysMax || bytes + known.bytes > bytesMax { removeColdest(now) }
        byKey[address.key] = slots.count
        slots.append(known)
        bytes += known.bytes
        for tag in known.tags { byTag[tag, default: []].insert(address) }
    }

    /// The keys that an invalidation means.
    func meant(_ selectors: CacheSelectors) -> Set<CacheAddress> {
        if selectors.everything { return Set(slots.map(\.address)) }
        var meant = Set(selectors.keys.compactMap { byKey[$0].map { slots[$0].address } })
        for tag in selectors.tags { meant.formUnion(byTag[tag] ?? []) }
        guard !selectors.prefixes.isEmpty else { return meant }
        for known in slots where selectors.prefixes.contains(where: { $0.covers(known.address.key) }) {
            meant.insert(known.address)
        }
        return meant
    }

    /// Reads in a second, as the last two windows have them.
    func rate(_ known: Known, _ now: CacheTime) -> Double {
        let window = window(now)
        let reads =
            known.window == window ? known.reads + known.readsBefore : known.window == window - 1 ? known.reads : 0
        let passed = now.nanoseconds - window * windowNanoseconds + windowNanoseconds
        return Double(reads) * 1e9 / Double(max(1, passed))
    }

    private func window(_ now: CacheTime) -> Int64 { now.nanoseconds / windowNanoseconds }

    private mutating func roll(_ slot: Int, _ now: CacheTime) {
        let window = window(now)
        guard slots[slot].window != window else { return }
        slots[slot].readsBefore = slots[slot].window == window - 1 ? slots[slot].reads : 0
        slots[slot].reads = 0
        slots[slot].window = window
    }

    private mutating func removeColdest(_ now: CacheTime) {
        let searched = (0..<min(Self.searched, slots.count)).map { (hand + $0) % slots.count }
        hand = (hand + searched.count) % slots.count
        guard let coldest = searched.min(by: { rate(slots[$0], now) < rate(slots[$1], now) }) else { return }
        remove(slots[coldest].address)
    }

    private mutating func remove(_ address: CacheAddress) {
        guard let slot = byKey.removeValue(forKey: address.key) else { return }
        let old = slots[slot]
        bytes -= old.bytes
        for tag in old.tags {
            byTag[tag]?.remove(address)
            if byTag[tag]?.isEmpty == true { byTag[tag] = nil }
        }
        let last = slots.removeLast()
        guard slot < slots.count else { return }
        slots[slot] = last
        byKey[last.address.key] = slot
    }
}
