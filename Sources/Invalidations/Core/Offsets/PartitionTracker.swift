/// Partition tracker: what of one assigned partition is open, finished and committed, and whether it may be read on.
///
/// It alone moves the commit point, which never goes back, and the stages of a recovery scan.
package struct PartitionTracker {
    package let source: SourcePartition
    package private(set) var offsets: OffsetTracker
    /// The last commit; nil where it must be replaced.
    private var committed: CommitPoint?
    /// A record has finished since the last commit, so that there may be news even where the watermark stands.
    package private(set) var hasNews = false
    /// More is finished above the watermark than a commit can tell.
    package private(set) var isTooWide = false
    /// The partition is not read on before that lane has capacity.
    package var fullLane: PoolKey?
    /// Delayed records.
    package private(set) var delayed = 0
    /// While the backlog of an edge that came back is caught up: retries deferred before this time are read on.
    package private(set) var scanUntil: Timestamp?
    package private(set) var recoveryScan: RecoveryScan?

    /// The last record that was read, and the last one of another namespace than that.
    private var lastRecord: (namespace: Int, offset: Int64)?
    private var lastOther: (namespace: Int, offset: Int64)?

    /// - Parameter scansBacklog: whether what earlier owners deferred there must be known before records are processed.
    package init(_ assigned: AssignedPartition, scansBacklog: Bool) {
        source = assigned.source
        var done = CompletedOffsets(metadata: assigned.metadata, offset: assigned.next)
        // An offset that is not written yet cannot be finished: the set speaks of another log.
        var isCut = false
        if let end = assigned.end { isCut = done.cut(from: end) > 0 }
        offsets = OffsetTracker(from: assigned.next, finished: done)
        if isCut || assigned.isAnew {
            (committed, hasNews) = (nil, true)
        } else {
            committed = CommitPoint(offset: assigned.next, metadata: assigned.metadata ?? "")
        }
        if scansBacklog, let end = assigned.end, end > assigned.next {
            recoveryScan = .reading(end: end, lastSeen: assigned.next - 1)
        }
    }

    // MARK: - Records

    package mutating func begin(_ offset: Int64, record: Int, namespace: Int?) -> OffsetTracker.Begin {
        let begin = offsets.begin(offset, record: record)
        switch begin {
        case .begun: if let namespace { rememberRead(offset, of: namespace) }
        case .finishedBefore: hasNews = true
        case .known: break
        }
        return begin
    }

    package mutating func finish(_ ticket: Int64) {
        offsets.finish(ticket)
        hasNews = true
    }

    package mutating func delayRecord() { delayed += 1 }

    package mutating func resumeRecord() {
        delayed -= 1
        precondition(delayed >= 0, "more records resumed than were delayed")
    }

    private mutating func rememberRead(_ offset: Int64, of namespace: Int) {
        if let last = lastRecord, last.namespace != namespace { lastOther = last }
        lastRecord = (namespace, offset)
    }

    /// The last record of another namespace.
    package func lastRead(besides namespace: Int) -> (namespace: Int, offset: Int64)? {
        lastRecord?.namespace == namespace ? lastOther : lastRecord
    }

    // MARK: - Commits

    /// Whether the last commit was of another log, or was refused.
    package var isCommitOutdated: Bool { committed == nil }

    /// What to commit; nil where that was committed already.
    package mutating func nextCommit() -> CommitPoint? {
        hasNews = false
        let offset = offsets.watermark
        let metadata = offsets.completedOffsets().metadata(offset: offset)
        // Correct without, too: then more is read again.
        isTooWide = metadata == nil
        let point = CommitPoint(offset: offset, metadata: metadata ?? "")
        guard point != committed else { return nil }
        precondition(offset >= committed?.offset ?? 0, "a commit would go back to \(offset)")
        committed = point
        return point
    }

    /// The commit was refused.
    package mutating func repeatCommit() { (committed, hasNews) = (nil, true) }

    /// The set of completed offsets may fit by now.
    package mutating func retryMetadata() { if isTooWide { hasNews = true } }

    // MARK: - Backlog of an edge

    package mutating func scanBacklog(until time: Timestamp) { scanUntil = time }

    /// The search for a backlog is over once it meets a retry that was deferred after it began.
    package mutating func endScan(at retry: RetryMetadata) {
        if let until = scanUntil, retry.deferredAt > until { scanUntil = nil }
    }

    // MARK: - Recovery scan

    /// Recovery scan: the first of two readings of a retry partition, before the invalidation topics are read.
    package enum RecoveryScan {
        /// Reading up to `end`, then again from the watermark.
        case reading(end: Int64, lastSeen: Int64)
        /// Waiting for the first record of the second reading: it is not above `lastSeen`.
        case rewinding(lastSeen: Int64)
    }

    package enum ScanStep: Equatable {
        /// The record is to be processed: there is no scan, or it is over.
        case process
        case ignore
        /// A record of the first reading: its strict parts are to be known.
        case remember
    }

    package var isReadingBacklog: Bool {
        if case .reading = recoveryScan { return true }
        return false
    }

    /// - Returns: the step, and from where the partition is to be read again, where the first reading has ended.
    package mutating func scan(_ offset: Int64) -> (step: ScanStep, rereadFrom: Int64?) {
        switch recoveryScan {
        case nil: return (.process, nil)
        case .rewinding(let lastSeen):
            // A record that was fetched before the second reading was asked for comes before it.
            guard offset <= lastSeen else { return (.ignore, nil) }
            recoveryScan = nil
            return (.process, nil)
        case .reading(let end, let lastSeen):
            guard offset > lastSeen else { return (.ignore, nil) }
            recoveryScan = .reading(end: end, lastSeen: offset)
            let isBacklog = offset < end && !offsets.wasFinishedBefore(offset)
            return (isBacklog ? .remember : .ignore, offset >= end - 1 ? rewind(lastSeen: offset) : nil)
        }
    }

    /// - Returns: from where to read again; nil where nothing was read beyond, and the scan is over.
    package mutating func rewind(lastSeen: Int64) -> Int64? {
        guard lastSeen >= offsets.watermark else {
            recoveryScan = nil
            return nil
        }
        recoveryScan = .rewinding(lastSeen: lastSeen)
        return offsets.watermark
    }

    package mutating func endRecoveryScan() { recoveryScan = nil }
}
