internal import Synchronization

/// An invalidation whose entries the disk removes some at a time. Readers no longer see them from its start.
public struct DiskSweep: Sendable {
    /// Entries with a lower number are meant, and no others.
    public internal(set) var sequence: Int64
    public let namespace: NamespaceNumber
    public let selectors: CacheSelectors
    public let isSoft: Bool
    /// Entries that were dead by then do not count.
    public let now: CacheTime
    /// Gets what it removes; nil where nobody asks.
    let watcher: SweepWatcher?

    package init(
        sequence: Int64, namespace: NamespaceNumber, selectors: CacheSelectors, isSoft: Bool, now: CacheTime,
        watcher: SweepWatcher? = nil
    ) {
        self.sequence = sequence
        self.namespace = namespace
        self.selectors = selectors
        self.isSoft = isSoft
        self.now = now
        self.watcher = watcher
    }

    /// Whether an entry of its namespace is to go, or to be stale.
    func covers(_ key: CacheKey, _ tags: [String], sequence: Int64) -> Bool {
        guard sequence < self.sequence else { return false }
        return selectors.everything || tags.contains { selectors.tags.contains($0) }
            || selectors.prefixes.contains { $0.covers(key) } || selectors.keys.contains(key)
    }
}

/// Gathers which entries an invalidation removes from the disk, for the one who asks how many.
public final class SweepWatcher: Sendable {
    private let hashes = Mutex<[UInt64]>([])
    private let onEnd: @Sendable () -> Void

    /// - Parameter onEnd: called once the disk has removed all of them, or has none any more.
    public init(_ onEnd: @escaping @Sendable () -> Void) {
        self.onEnd = onEnd
    }

    /// How many there are beside those that are counted already.
    public func count(beside known: Set<UInt64>) -> Int {
        Set(hashes.withLock { $0 }).subtracting(known).count
    }

    func add(_ hash: UInt64) { hashes.withLock { $0.append(hash) } }

    func end() { onEnd() }
}
