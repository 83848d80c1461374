/// Entry that an invalidation leaves: the value that was stored by the same call.
public struct SparedEntry: Sendable {
    let address: CacheAddress
    /// Another value of the key is not spared.
    let entityTag: EntityTag

    public init(_ address: CacheAddress, _ entityTag: EntityTag) {
        self.address = address
        self.entityTag = entityTag
    }
}

extension CacheShard {
    /// Makes the entry as new as the invalidation that the tick counts, which so does not mean it.
    ///
    /// - Returns: false where the key has something else, or an earlier invalidation is to remove it.
    mutating func renew(_ spared: SparedEntry) -> Bool {
        guard let slot = visibleSlot(spared.address), let entry = slots[slot].entry,
            entry.value?.entityTag == spared.entityTag
        else { return false }
        replace(slot, with: entry)
        diskChanges?.append(.store(spared.address, entry))
        return true
    }
}
