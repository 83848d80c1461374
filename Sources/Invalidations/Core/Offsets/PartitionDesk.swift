/// One assigned partition: its ledger and why it may not be read at the moment.
struct PartitionDesk {
    let source: SourcePartition
    var ledger: OffsetLedger
    var deadLetters: DeadLetterGuard
    /// What was last committed; nil for nothing that counts.
    var committed: CommitPoint?
    /// Something finished since the last commit, so that there may be news even where the watermark stands.
    var hasNews = false
    /// More is finished above the watermark than a commit can tell.
    var isTooWide = false
    /// Too many dead letters came out of it.
    var isHalted = false
    /// Records that were read ahead of their time.
    var parked = 0
    /// While the backlog of an edge that came back is caught up: what was put off before this time is read on.
    var scanUntil: Timestamp?
    /// While what earlier owners put off is being learned.
    var survey: Survey?

    /// A look through a retry partition, before the main partitions are read.
    enum Survey {
        /// Reading up to `end`, then again from the watermark.
        case reading(end: Int64, lastSeen: Int64)
        /// Waiting for the first record of the second reading: it is not above `lastSeen`.
        case rewinding(lastSeen: Int64)
    }

    init(_ assigned: AssignedPartition, settings: WorkerSettings) {
        source = assigned.source
        let done = DoneSet(metadata: assigned.metadata, offset: assigned.next)
        ledger = OffsetLedger(from: assigned.next, finished: done)
        deadLetters = DeadLetterGuard(settings.deadLetterGuard)
        committed = CommitPoint(offset: assigned.next, metadata: assigned.metadata ?? "")
    }
}
