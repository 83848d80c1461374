/// What a shard has of a key.
public enum Lookup: Sendable {
    /// Its freshness is never `dead`. An entry without a value says that the origin has none.
    case found(CacheEntry, Freshness)
    case miss
}
