// The end of a load that has found its entry on the disk.
extension CacheShard {
    /// Keeps the entry in memory unless it was overtaken, and answers those who waited.
    mutating func endFound(_ fill: Fill, _ found: CacheEntry, mayLoad: Bool, _ now: CacheTime) -> LoadEnd {
        let entry = found.with(tags: shared(found.tags, fill.address.namespace))
        let freshness = entry.freshness(now)
        if isOvertaken(fill, entry.tags) {
            counts.overtaken += 1
            var end = LoadEnd(outcome: .overtaken)
            end.answers = Self.answers(
                fill.waiters.filter { !$0.isLate }, .entry(entry, isStale: freshness != .fresh))
            end.next = loadForQueued(fill.address, and: fill.waiters.filter(\.isLate).map(\.id), now)
            return end
        }
        let isStored = insert(entry, fill.address, tick: fill.startTick, now, isFromDisk: true)
        var end = LoadEnd(outcome: isStored ? .found : .tooLarge)
        guard freshness == .staleIfError, mayLoad else {
            end.answers = Self.answers(fill.waiters, .entry(entry, isStale: freshness != .fresh))
            end.next = loadForQueued(fill.address, and: [], now)
            if end.next == nil, mayLoad, freshness == .stale { end.next = loadInBackground(fill.address, entry, now) }
            return end
        }
        // It stands in only where the origin fails.
        let waiters = fill.waiters.map(\.id) + fills.removeQueued(fill.address)
        end.next = beginLoad(fill.address, for: waiters, entry, now)
        return end
    }
}

extension CacheEntry {
    /// The same with these texts as its tags.
    fileprivate func with(tags: [String]) -> CacheEntry {
        CacheEntry(key: key, value: value, tags: tags, origin: origin, since: since, lifetime: lifetime)
    }

    /// How long it is good for from `since` on.
    public var lifetime: Lifetime {
        Lifetime(
            fresh: freshUntil.since(since), staleWhileRevalidate: revalidateUntil.since(freshUntil),
            staleIfError: errorUntil.since(freshUntil))
    }
}
