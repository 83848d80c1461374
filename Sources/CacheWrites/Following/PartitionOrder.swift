package import Caches

/// What the writes of a partition need of the world.
package enum PartitionOrder {
    case flush(WriteBatch, KnownWrites.Change)
    case deadLetter(PendingWrite, reason: String)
    /// The partition is read no further until the dead-letter topic has it.
    case deadLetterRaw(RawRecord, offset: Int64, reason: String)
    /// The partition is read no further until the database has said what it has of the key.
    case findVersion(CacheAddress)
    case forget(CacheAddress)
    case applied(PendingWrite)
    case complete(AppendWaiter, AppendedWrite)
    case restored
    case fenced
    case halted(reason: String)
    case resumed
}

/// Appended write that somebody waits for.
package struct AppendWaiter: Sendable {
    package let record: WriteRecord
    package let bytes: Int
    let completion: @Sendable (Result<AppendedWrite, AppendError>) -> Void

    package init(
        record: WriteRecord, bytes: Int, completion: @escaping @Sendable (Result<AppendedWrite, AppendError>) -> Void
    ) {
        (self.record, self.bytes, self.completion) = (record, bytes, completion)
    }
}
