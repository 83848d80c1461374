package import Caches
package import Storage

/// What the follower needs of a main database, from claims to flushes.
///
/// One thread owns it, and makes a new one once it is lost.
package protocol WriteStore {
    var isUsable: Bool { get }

    /// Takes the partitions over.
    ///
    /// - Parameter owner: address at which clients find the process from now on.
    func claim(_ partitions: [Int32], owner: String) throws(StorageError) -> [ClaimedPartition]

    /// The log begins anew: its offsets count from 0 once more, and are newer than all before.
    ///
    /// - Returns: nil if somebody else has the partition by now.
    func beginGeneration(_ lease: PartitionLease) throws(StorageError) -> ClaimedPartition?

    /// - Returns: nil where the database has nothing of the key.
    func version(namespace: String, key: [UInt8]) throws(StorageError) -> RowVersion?

    /// - Returns: who claimed each partition last; empty where that process says nothing.
    func owners() throws(StorageError) -> [Int32: String]

    /// - Returns: those that the database has, or why one cannot be read.
    func entries(_ names: Set<EntryName>) throws(StorageError) -> [EntryName: Result<StoredEntry, StorageError>]

    func flush(
        _ rows: [FlushRow], _ known: KnownWrites.Change, _ lease: PartitionLease, flushedThrough: LogVersion?
    ) -> FlushAnswer
}

/// Main database that keeps rows and nothing else, such as an HTTP API: it never lets a lower version win.
///
/// One thread owns it.
package protocol RowStore {
    /// - Returns: nil where the database has nothing of the key.
    func version(_ name: EntryName) throws(StorageError) -> RowVersion?

    /// - Returns: those that the database has, or why one cannot be read.
    func entries(_ names: Set<EntryName>) -> [EntryName: Result<StoredEntry, StorageError>]

    /// - Parameter batch: names the batch, but for what is in it.
    func write(_ rows: [FlushRow], batch: String) -> FlushAnswer
}

/// Which main database a follower flushes to, and how a thread opens it.
package enum WriteStoreKind: Sendable {
    case postgres(PostgresAddress)
    /// Positions and owners stand in Kafka's group.
    case rows(@Sendable () throws(StorageError) -> any RowStore)

    var keepsPositionsInGroup: Bool { if case .rows = self { true } else { false } }
}
