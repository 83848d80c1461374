internal import Caches

/// Least recently used: the yardstick of evictions.
package struct LRU: EvictionPolicy {
    private var list = LinkedSlots()

    package init(limit: Int) {}

    package mutating func insert(_ slot: Int, hash: UInt64, bytes: Int) { list.append(slot) }

    package mutating func recordHit(_ slot: Int) {
        list.remove(slot)
        list.append(slot)
    }

    package mutating func remove(_ slot: Int) { list.remove(slot) }

    package mutating func popVictim() -> Int? {
        guard let slot = list.first else { return nil }
        list.remove(slot)
        return slot
    }
}
