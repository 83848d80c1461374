/// What happens to the writes of a partition.
public enum WriteEvent: Sendable {
    /// The log has it.
    ///
    /// - Parameter isAdmitted: it was admitted before, unlike what another owner left in the log.
    case written(PendingWrite, isAdmitted: Bool)
    /// All of the log is read. Before that nothing is flushed: the database may have newer rows than the log so far.
    case restored
    /// A write that was admitted never came to the log.
    case abandoned(bytes: Int)
    /// Somebody needs the key's write in the database soon.
    case invalidated(CacheAddress)
    case flushed(batch: UInt64, FlushResult)
    /// The dead-letter topic has the write, or could not take it.
    case deadLettered(CacheAddress, LogVersion, isStored: Bool)
    /// The time of `wake` has come.
    case timer
}

/// What the database said of a batch.
public enum FlushResult: Hashable, Sendable {
    /// One result for each write of the batch, in its order. Writes without a result are tried once more.
    case done([RowResult])
    /// The whole batch is refused, and none of it written: some row of it is wrong.
    case refused(reason: String)
    /// The database is away or busy: nothing is known to be written.
    case unavailable(retryAfter: Duration?)
    /// Another owner flushes this partition now.
    case fenced
}

public enum RowResult: Hashable, Sendable {
    case written
    /// This row can never be written.
    case refused(reason: String)
}

/// What the writes of a partition need.
public enum WriteAction: Hashable, Sendable {
    /// Write all of it in one transaction, in any order: each key is there once.
    case flush(WriteBatch)
    /// Store it in the dead-letter topic.
    case deadLetter(PendingWrite, reason: String)
    /// The database does not have what the cache has of the key.
    case forget(CacheAddress)
    /// Send `timer` then. It replaces the last one; never means none.
    case wake(CacheTime)
    /// The database refuses most of what it gets. People must look.
    case halted(reason: String)
    case resumed
}

/// Writes that go to the database together.
public struct WriteBatch: Hashable, Sendable {
    public let number: UInt64
    public let writes: [PendingWrite]
    /// Once every row of the batch is written, all of the log up to this write is in the database or dead. Nil where
    /// nothing is.
    public let flushedThrough: LogVersion?
}
