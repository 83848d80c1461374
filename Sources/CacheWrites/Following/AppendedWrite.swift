public import Caches
public import Invalidations

/// Write that the log has.
public struct AppendedWrite: Hashable, Sendable {
    public let position: LogPosition
    /// Whether the write counts: false where its condition did not hold. Nil where this process lost the partition
    /// before it could tell; a write without a condition counts all the same.
    public let counts: Bool?
    /// Its version; nil where this process lost the partition meanwhile.
    public let version: LogVersion?

    init(position: LogPosition, counts: Bool? = nil, version: LogVersion? = nil) {
        (self.position, self.counts, self.version) = (position, counts, version)
    }
}

/// What is known here of the newest write of a key.
public enum PendingAnswer: Hashable, Sendable {
    /// Another process owns the key: ask there.
    case notOwned
    /// The log is still to be read up to its end: ask in a moment.
    case restoring
    /// The database has all writes of the key.
    case flushed
    /// The database does not have this one yet. It wins over what cache and database say.
    case unflushed(PendingWrite)
}

/// What a process wants to hear of the partitions that it owns. Called on the follower's thread, so it must be quick.
public protocol WriteObserver: Sendable {
    /// A write has its turn in the log, also while a partition is restored. Those that do not count are left out.
    func didApply(_ write: PendingWrite, namespace: Namespace)
    /// The database refused the newest write of the key: what a cache has of it is wrong.
    func mustForget(namespace: Namespace, key: CacheKey)
    /// The partition is owned and read to its end, or is not any more.
    func didChangeOwnership(of partition: Int32, isOwned: Bool)
}
