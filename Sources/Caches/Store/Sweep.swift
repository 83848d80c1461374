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
    /// Their hashes, where somebody asks for them.
    var removed: [UInt64]?
    /// Tags that are done.
    var tagsDone = 0
    /// The slot of the namespace that is next, for prefixes and everything; -1 at the end.
    var cursor: Int32

    /// What it came to, once it is done.
    var result: SweepProgress {
        var progress = SweepProgress(count: count)
        progress.removed = removed ?? []
        return progress
    }
}

/// How far an invalidation is.
public struct SweepProgress: Hashable, Sendable {
    /// Entries that it removed. Exact once it is done.
    public var count: Int
    /// The number to go on with; nil once it is done.
    public var pending: UInt64?
    /// Hashes of what it removed, once it is done and where somebody asks for them.
    var removed: [UInt64] = []

    package init(count: Int, pending: UInt64? = nil) {
        self.count = count
        self.pending = pending
    }

    mutating func add(_ other: SweepProgress) {
        count += other.count
        removed += other.removed
    }
}
