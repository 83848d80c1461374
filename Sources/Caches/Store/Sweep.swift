/// An invalidation whose entries are removed some at a time. Readers no longer see them from its start.
struct Sweep {
    let number: UInt64
    let tick: UInt64
    let namespace: UInt32
    let selectors: CacheSelectors
    let tagSet: Set<String>
    /// Entries that may be served stale stay so.
    let isSoft: Bool
    /// Entries that were dead by then do not count.
    let now: CacheTime
    /// Entries that it removed, or that left otherwise after its start.
    var count = 0
    /// Tags that are done.
    var tagsDone = 0
    /// The slot of the namespace that is next, for prefixes and everything; -1 at the end.
    var cursor: Int32
}

/// How far an invalidation is.
public struct SweepProgress: Hashable, Sendable {
    /// Entries that it removed. Exact once it is done.
    public var count: Int
    /// The number to go on with; nil once it is done.
    public var pending: UInt64?

    package init(count: Int, pending: UInt64? = nil) {
        self.count = count
        self.pending = pending
    }
}
