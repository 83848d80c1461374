internal import Basics
package import Caches

/// One trace through one eviction policy, in a cache that holds nothing but sizes.
package struct EvictionRun<Policy: EvictionPolicy> {
    private struct Slot {
        var key = 0
        var bytes = 0
        var until = 0
    }

    private let limit: Int
    private var policy: Policy
    private var slots: [Slot] = []
    private var free: [Int] = []
    private var byKey: [Int: Int] = [:]
    private var bytes = 0
    package private(set) var hits = 0
    package private(set) var requests = 0

    package init(limit: Int) {
        self.limit = limit
        policy = Policy(limit: limit)
    }

    package var hitShare: Double { Double(hits) / Double(max(1, requests)) }

    package mutating func request(_ key: Int, lifetime: Int) {
        requests += 1
        if let slot = byKey[key] {
            if requests < slots[slot].until {
                hits += 1
                policy.recordHit(slot)
                return
            }
            policy.remove(slot)
            remove(slot)
        }
        let size = Trace.size(key)
        guard size <= limit / 8 else { return }
        while bytes + size > limit, let victim = policy.popVictim() { remove(victim) }
        let slot = free.popLast() ?? slots.count
        if slot == slots.count { slots.append(Slot()) }
        let (until, isOver) = requests.addingReportingOverflow(lifetime)
        slots[slot] = Slot(key: key, bytes: size, until: isOver ? .max : until)
        byKey[key] = slot
        bytes += size
        var mixed = SplitMix64(state: UInt64(bitPattern: Int64(key)))
        policy.insert(slot, hash: mixed.next(), bytes: size)
    }

    private mutating func remove(_ slot: Int) {
        byKey[slots[slot].key] = nil
        bytes -= slots[slot].bytes
        free.append(slot)
    }
}
