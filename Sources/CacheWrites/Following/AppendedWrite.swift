public import Caches
public import Invalidations

/// Write that the log has.
public struct AppendedWrite: Hashable, Sendable {
    public let position: LogPosition
    /// Nil where this process lost the partition before it could tell. Then the next owner may not have read the write
    /// yet, and answers with what was there before it.
    public let verdict: WriteVerdict?
    /// Its version; nil where this process lost the partition meanwhile.
    public let version: LogVersion?

    init(position: LogPosition, verdict: WriteVerdict? = nil, version: LogVersion? = nil) {
        (self.position, self.verdict, self.version) = (position, verdict, version)
    }
}

/// What a record of the log means. All who read the log decide alike.
public enum WriteVerdict: Hashable, Sendable {
    case counts
    /// It counted before, under the same Idempotency-Key.
    case repeated
    /// Another write came under its Idempotency-Key.
    case keyIsUsed
    case conditionFailed
    /// There are too many namespaces.
    case refused
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
