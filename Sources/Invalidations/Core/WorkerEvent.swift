/// What happens to a worker.
public enum WorkerEvent: Sendable {
    /// Partitions to read from now on, each with the offset of its next record.
    case assigned([SourcePartition: Int64])
    /// Partitions that belong to somebody else from now on.
    case revoked([SourcePartition])
    case record(IncomingRecord)
    /// The purge of that number ended.
    case purged(PurgeNumber, PurgeOutcome)
    /// Kafka stored the dead letter or report of that number, or will not.
    case delivered(DeliveryNumber, isStored: Bool)
    /// Kafka did not take the commit of these partitions.
    case commitFailed([SourcePartition])
    /// The time asked for has come.
    case timer
    /// Take nothing more in, finish what is open.
    case drain
}

public typealias PurgeNumber = UInt64
public typealias DeliveryNumber = UInt64

/// What a worker must do about it.
public enum WorkerAction: Sendable {
    case purge(PurgeNumber, edge: Int, PurgeBatch)
    case bury(DeliveryNumber, DeadLetter)
    case report(DeliveryNumber, RequestReport)
    /// Offsets to commit: everything below each is finished.
    case commit([SourcePartition: Int64])
    /// All that was open is finished, and its offsets are handed to `commit`.
    case drained
}
