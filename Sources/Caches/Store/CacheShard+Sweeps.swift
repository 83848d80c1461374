// Invalidations: by key at once; by tag, prefix and everything some entries at a time.
extension CacheShard {
    /// Entries that one turn removes or looks at. Readers wait for its end.
    package static let sweepBudget = 250
    /// More at a time are not kept: the oldest is then ended at once.
    private static let sweepsMax = 16

    /// Invalidates what the selectors mean here. Readers who come afterwards do not get it.
    ///
    /// - Returns: the count so far; a caller calls `continueSweep` until it is done.
    package mutating func invalidate(
        _ selectors: CacheSelectors, _ addresses: [CacheAddress], in namespace: NamespaceNumber, isSoft: Bool = false,
        sparing spared: SparedEntry? = nil, namesRemoved: Bool = false, _ now: CacheTime,
        budget: Int = CacheShard.sweepBudget
    ) -> SweepProgress {
        tick += 1
        guard namespaces.indices.contains(Int(namespace.value)), namespaces[Int(namespace.value)] != nil else {
            return SweepProgress(count: 0)
        }
        namespaces[Int(namespace.value)]?.lastInvalidation = now
        var removed: [UInt64] = []
        let isSpared = spared.map { renew($0) } ?? false
        for address in addresses where !isSpared || address != spared?.address {
            fills.markVoid(address)
            if forgetKey(address, isSoft: isSoft, now) { removed.append(address.hash) }
        }
        let count = removed.count
        guard selectors.isWide else {
            var progress = SweepProgress(count: count)
            if namesRemoved { progress.removed = removed }
            return progress
        }
        while sweeps.count >= Self.sweepsMax { endOldestSweep() }
        recordWide(selectors, namespace)
        sweepNumber += 1
        let walksAll = selectors.everything || !selectors.prefixes.isEmpty
        let head = namespaces[Int(namespace.value)]?.head ?? -1
        sweeps.append(
            Sweep(
                number: sweepNumber, tick: tick, namespace: namespace.value, selectors: selectors,
                tagSet: Set(selectors.tags), isSoft: isSoft, now: now, count: count,
                removed: namesRemoved ? removed : nil, cursor: walksAll ? head : -1))
        // What is evicted now is counted already.
        makeCapacity(0, now)
        return continueSweep(sweepNumber, budget: budget)
    }

    /// Goes on with an invalidation.
    package mutating func continueSweep(_ number: UInt64, budget: Int = CacheShard.sweepBudget) -> SweepProgress {
        guard let index = sweeps.firstIndex(where: { $0.number == number }) else {
            return endedSweeps.removeValue(forKey: number) ?? SweepProgress(count: 0)
        }
        guard sweep(index, budget) else { return SweepProgress(count: sweeps[index].count, pending: number) }
        let ended = sweeps.remove(at: index)
        forgetHistory()
        return ended.result
    }

    /// Invalidates one key, in memory and on the disk.
    ///
    /// - Returns: whether readers would have got a value.
    private mutating func forgetKey(_ address: CacheAddress, isSoft: Bool, _ now: CacheTime) -> Bool {
        guard let slot = find(address) else {
            diskChanges?.append(isSoft ? .soften(address, now) : .remove(address))
            return false
        }
        // What an older invalidation is to remove counts for that one.
        let isAlive = sweeps.isEmpty || !isInvalidated(slot)
        let wasVisible = isVisible(slot, now) && isAlive
        forget(slot, isSoft: isSoft && isAlive, now)
        let left = find(address).flatMap { slots[$0].entry }
        diskChanges?.append(left.map { .store(address, $0) } ?? .remove(address))
        return wasVisible
    }

    /// What loads and leases that began earlier must not bring in, and what readers must not see meanwhile.
    private mutating func recordWide(_ selectors: CacheSelectors, _ namespace: NamespaceNumber) {
        let isAwaited = !fills.isEmpty
        for name in selectors.tags {
            let hash = tags.hash(name, namespace.value)
            if let tag = tags.find(name, namespace.value, hash) {
                tags.invalidate(tag, tick: tick)
            } else if isAwaited {
                history.add(tag: hash, tick: tick)
            }
        }
        for prefix in selectors.prefixes { history.add(prefix: prefix, namespace: namespace.value, tick: tick) }
        if selectors.everything { namespaces[Int(namespace.value)]?.everythingTick = tick }
        if !selectors.tags.isEmpty { namespaces[Int(namespace.value)]?.tagTick = tick }
    }

    /// Whether a sweep that is still at work is to remove the slot's entry.
    func isInvalidated(_ slot: Int) -> Bool {
        let own = slots[slot]
        if (namespaces[Int(own.namespace)]?.everythingTick ?? 0) > own.tick { return true }
        if tags.isInvalidated(own.firstEdge, since: own.tick) { return true }
        return sweeps.contains { sweep in
            !sweep.selectors.prefixes.isEmpty && own.tick < sweep.tick && own.namespace == sweep.namespace
                && own.entry.map { entry in sweep.selectors.prefixes.contains { $0.covers(entry.key) } } == true
        }
    }

    private func covers(_ sweep: Sweep, _ slot: Slot) -> Bool {
        guard slot.namespace == sweep.namespace, slot.tick < sweep.tick, let entry = slot.entry else { return false }
        return sweep.selectors.everything
            || entry.tags.contains { sweep.tagSet.contains($0) }
            || sweep.selectors.prefixes.contains { $0.covers(entry.key) }
    }

    /// An entry that leaves counts for the oldest invalidation that means it, however it leaves.
    mutating func countForSweep(_ slot: Int) {
        let own = slots[slot]
        guard let index = sweeps.firstIndex(where: { covers($0, own) }) else { return }
        guard isVisible(slot, sweeps[index].now) else { return }
        sweeps[index].count += 1
        sweeps[index].removed?.append(own.hash)
    }

    private mutating func sweep(_ index: Int, _ budget: Int) -> Bool {
        var left = budget
        let (tick, selectors) = (sweeps[index].tick, sweeps[index].selectors)
        while sweeps[index].tagsDone < selectors.tags.count {
            let name = selectors.tags[sweeps[index].tagsDone]
            // Slots stand in the order in which they came, so the first one that is newer ends it.
            while let tag = tags.find(name, sweeps[index].namespace), let slot = tags.firstSlot(tag),
                slots[slot].tick < tick
            {
                guard left > 0 else { return false }
                left -= 1
                forget(slot, for: index)
            }
            sweeps[index].tagsDone += 1
        }
        while sweeps[index].cursor >= 0 {
            let slot = Int(sweeps[index].cursor)
            guard slots[slot].tick < tick else {
                sweeps[index].cursor = -1
                break
            }
            guard left > 0 else { return false }
            left -= 1
            // Removing moves the cursor on.
            if covers(sweeps[index], slots[slot]) {
                forget(slot, for: index)
            } else {
                sweeps[index].cursor = slots[slot].next
            }
        }
        return true
    }

    /// Removes an entry for a sweep, or lets it be stale. Another sweep that is to remove it decides for both.
    private mutating func forget(_ slot: Int, for index: Int) {
        let own = slots[slot]
        let isSoft = sweeps.allSatisfy { $0.isSoft || !covers($0, own) }
        forget(slot, isSoft: sweeps[index].isSoft && isSoft, sweeps[index].now)
    }

    /// A stale entry is as new as its invalidation, so it goes to the end of all lists.
    private mutating func forget(_ slot: Int, isSoft: Bool, _ now: CacheTime) {
        guard isSoft, let entry = slots[slot].entry?.stale(now) else { return remove(slot, .invalidated) }
        if !sweeps.isEmpty { countForSweep(slot) }
        replace(slot, with: entry)
    }

    /// Its caller still asks for the count.
    private mutating func endOldestSweep() {
        while !sweep(0, .max) {}
        let ended = sweeps.removeFirst()
        endedSweeps[ended.number] = ended.result
        if endedSweeps.count > 4 * Self.sweepsMax, let oldest = endedSweeps.keys.min() { endedSweeps[oldest] = nil }
    }

    /// Without fills and sweeps nobody asks for earlier invalidations.
    func isHistoryAwaited() -> Bool { !fills.isEmpty || !sweeps.isEmpty }

    mutating func forgetHistory() {
        if !isHistoryAwaited() { history.removeAll() }
    }
}
