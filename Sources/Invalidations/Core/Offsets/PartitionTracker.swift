/// One assigned partition: its offset tracker and why it may not be read at the moment.
struct PartitionTracker {
    let source: SourcePartition
    var offsets: OffsetTracker
    /// What was last committed; nil for nothing that counts.
    var committed: CommitPoint?
    /// Something finished since the last commit, so that there may be news even where the watermark stands.
    var hasNews = false
    /// More is finished above the watermark than a commit can tell.
    var isTooWide = false
    /// The reading waits for that lane to have room.
    var fullLane: PoolKey?
    /// Records that were read ahead of their time.
    var delayed = 0
    /// While the backlog of an edge that came back is caught up: what was deferred before this time is read on.
    var scanUntil: Timestamp?
    /// While what earlier owners deferred is being learned.
    var recoveryScan: RecoveryScan?

    /// The last record that was taken in, and the last one of another namespace than that.
    private var lastRecord: (namespace: Int, offset: Int64)?
    private var lastOther: (namespace: Int, offset: Int64)?

    mutating func noteRead(_ offset: Int64, of namespace: Int) {
        if let last = lastRecord, last.namespace != namespace { lastOther = last }
        lastRecord = (namespace, offset)
    }

    /// The last record of another namespace.
    func lastRead(besides namespace: Int) -> (namespace: Int, offset: Int64)? {
        lastRecord?.namespace == namespace ? lastOther : lastRecord
    }

    /// A look through a retry partition, before the main partitions are read.
    enum RecoveryScan {
        /// Reading up to `end`, then again from the watermark.
        case reading(end: Int64, lastSeen: Int64)
        /// Waiting for the first record of the second reading: it is not above `lastSeen`.
        case rewinding(lastSeen: Int64)
    }

    init(_ assigned: AssignedPartition) {
        source = assigned.source
        var done = CompletedOffsets(metadata: assigned.metadata, offset: assigned.next)
        // What is not written yet cannot be finished: the set speaks of another log.
        var isCut = false
        if let end = assigned.end { isCut = done.cut(from: end) > 0 }
        offsets = OffsetTracker(from: assigned.next, finished: done)
        if isCut || assigned.isAnew {
            (committed, hasNews) = (nil, true)
        } else {
            committed = CommitPoint(offset: assigned.next, metadata: assigned.metadata ?? "")
        }
    }
}
