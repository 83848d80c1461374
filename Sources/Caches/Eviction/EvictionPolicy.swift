/// Eviction: which slot goes when bytes are needed.
package protocol EvictionPolicy {
    init(limit: Int)
    mutating func insert(_ slot: Int, hash: UInt64, bytes: Int)
    mutating func recordHit(_ slot: Int)
    /// The slot is gone for another reason than eviction.
    mutating func remove(_ slot: Int)
    /// Chooses a slot and forgets it; nil where there is none.
    mutating func popVictim() -> Int?
}
