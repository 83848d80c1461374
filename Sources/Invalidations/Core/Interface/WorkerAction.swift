/// What a worker must do about what happened.
public enum WorkerAction: Sendable {
    case purge(PurgeNumber, edge: Int, PurgeBatch)
    /// Ask the edge to purge a marker of each kind that it takes; answered by one `WorkerEvent.checked`. There is one
    /// check of an edge at a time.
    case check(edge: Int)
    // Rare and large: kept apart, so that every other action stays small.
    indirect case writeRetry(DeliveryNumber, RetryRecord)
    indirect case writeDeadLetter(DeliveryNumber, DeadLetter)
    case report(DeliveryNumber, RequestReport)
    case commit([SourcePartition: CommitPoint])
    /// Read the partition again from this offset on.
    case reread(SourcePartition, from: Int64)
    /// For the operators.
    case alert(WorkerAlert)
    /// All that was open is finished, and its offsets are handed to `commit`.
    case drained
}

/// Everything below `offset` is finished, and what `metadata` says above it.
public struct CommitPoint: Hashable, Sendable {
    public var offset: Int64
    /// ASCII, at most `CompletedOffsets.bytesMax` bytes; empty for nothing.
    public var metadata: String

    public init(offset: Int64, metadata: String = "") {
        self.offset = offset
        self.metadata = metadata
    }
}

/// What somebody should know, and perhaps do something about.
public enum WorkerAlert: Hashable, Sendable {
    /// The circuit breaker of an edge opened.
    case edgeDown(edge: Int, PurgeFailure)
    /// The edge refuses everything until somebody changes something.
    case edgeRefuses(edge: Int, PurgeFailure)
    /// The edge passed a check that it failed before, or takes kinds of selectors again that it refused.
    case edgeUp(edge: Int)
    /// The edge works, and refuses all selectors of those kinds until somebody changes something.
    case edgeRefusesKinds(edge: Int, SelectorKinds, PurgeFailure)
    /// So many requests of the namespace became dead letters at the edge that it gets none of them for a while.
    case deadLetterFlood(Namespace, edge: Int, pause: Duration)
}
