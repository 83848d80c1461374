import Invalidations
package import Kafka

/// Where reading a partition begins: what the group committed, held against what the log holds now.
///
/// A log can be shorter than the committed offset says (its tail was lost, offsets came from another cluster), or
/// another one (the topic was deleted and made again). Then offsets mean nothing, and what was accepted since must not
/// be taken for finished. To do something once more costs a purge; to skip it loses one.
package struct StartingPoint: Hashable, Sendable {
    package enum Fault: Hashable, Sendable {
        /// The committed offset lies beyond the end of the log.
        case beyondEnd(committed: Int64, end: Int64)
        /// Where older records had been read stand newer ones.
        case anotherLog(committed: Int64, newerFrom: Int64)
        /// The completed-offset set names a record that does not exist yet.
        case completedBeyondEnd(last: Int64, end: Int64)
        /// Retention took records that nobody had read.
        case deletedUnread(from: Int64, to: Int64)
    }

    /// The offset of the first record to read.
    package var next: Int64
    /// The completed-offset set above it; nil for none.
    package var completed: String?
    package var fault: Fault?
    /// What still holds of the log's mark: nothing below `next` is newer than its newest. Nil where nothing is known.
    package var mark: LogMark?

    /// What is newer in a log than it should be.
    package struct Newer: Hashable, Sendable {
        /// The first offset with a record that is newer than the mark's newest; nil for none.
        package var thanNewest: Int64?
        /// The same for the mark's anchor.
        package var thanAnchor: Int64?
        /// The log was seen to go back while it was read: to this offset, where that is known.
        package var isSuspect = false
        package var suspectFrom: Int64?

        package init(thanNewest: Int64? = nil, thanAnchor: Int64? = nil) {
            self.thanNewest = thanNewest
            self.thanAnchor = thanAnchor
        }

        /// From which record on the log is another one; nil where it is the same.
        func otherFrom(_ committed: Int64, _ mark: LogMark?) -> Int64? {
            var found = suspectFrom
            if mark != nil, let thanNewest, thanNewest < committed { found = min(found ?? .max, thanNewest) }
            if let mark, let thanAnchor, thanAnchor < mark.anchor.offset { found = min(found ?? .max, thanAnchor) }
            return found
        }
    }

    /// The offset behind the last record that the group has finished; nil where the set names none.
    private var completedEnd: Int64? {
        completed.flatMap { CompletedOffsets(metadata: $0, offset: next).runs.last?.upperBound }.map { $0 + 1 }
    }

    /// - Parameter committed: nil where nothing was: then all that the partition holds is read.
    package init(committed: Int64?, metadata: CommitMetadata, marks: Watermarks, newer: Newer = Newer()) {
        guard let committed else {
            next = marks.low
            return
        }
        next = committed
        defer {
            // What is left of the old log below `next` was read before its end was lost: the next loss shows by it.
            switch fault {
            case nil where !newer.isSuspect:
                mark = metadata.mark.map { $0.anchored(behind: completedEnd).within(marks.high) }
            case nil, .beyondEnd, .anotherLog, .completedBeyondEnd:
                mark = metadata.mark.map {
                    LogMark(newest: $0.newest, anchor: LogMark.Anchor(offset: next, time: $0.newest))
                }
            case .deletedUnread: break
            }
        }
        if let other = newer.otherFrom(committed, metadata.mark) {
            next = max(min(other, committed), marks.low)
            fault = .anotherLog(committed: committed, newerFrom: other)
        } else if committed > marks.high {
            // Of the same log, only the tail is gone, and perhaps begun anew. Otherwise nobody knows what was read.
            next = metadata.mark == nil ? marks.low : max(newer.thanAnchor ?? marks.high, marks.low)
            fault = .beyondEnd(committed: committed, end: marks.high)
        } else if committed < marks.low {
            next = marks.low
            fault = .deletedUnread(from: committed, to: marks.low)
        } else if newer.isSuspect {
            next = metadata.mark == nil ? marks.low : committed
        } else if !metadata.completed.isEmpty {
            let last = CompletedOffsets(metadata: metadata.completed, offset: committed).runs.last?.upperBound
            // All completed records were read when the set was committed: none is newer than the newest record that
            // was.
            let end = min(marks.high, newer.thanNewest ?? marks.high)
            if let last, last >= end {
                fault = .completedBeyondEnd(last: last, end: end)
            } else {
                completed = metadata.completed
            }
        }
    }
}

extension StartingPoint.Fault {
    /// Whether the committed offset or set speaks of another log: it is replaced at once. Left alone, the next owner
    /// would trust it as soon as this log has grown to where the other one was.
    package var isOfAnotherLog: Bool {
        switch self {
        case .beyondEnd, .anotherLog, .completedBeyondEnd: true
        case .deletedUnread: false
        }
    }

    /// What happened, and what is done about it, in a sentence.
    package var message: String {
        switch self {
        case .beyondEnd:
            "the committed offset lies beyond the end of the log: records were lost, or the offsets are of another "
                + "cluster; the partition is read anew"
        case .anotherLog:
            "the log is another one than the one whose offsets were committed: the topic was made anew, or lost its "
                + "tail; the partition is read anew"
        case .completedBeyondEnd:
            "the completed offsets that were committed do not exist in this log; all behind the committed offset are "
                + "done again"
        case .deletedUnread:
            "records were deleted before they were read: raise the topic's retention or add workers"
        }
    }

    /// By name.
    package var numbers: [(name: String, value: Int64)] {
        switch self {
        case .beyondEnd(let committed, let end): [("committed", committed), ("log.end", end)]
        case .anotherLog(let committed, let newer): [("committed", committed), ("newer.from", newer)]
        case .completedBeyondEnd(let last, let end): [("completed.last", last), ("log.end", end)]
        case .deletedUnread(let from, let to): [("deleted.from", from), ("log.start", to)]
        }
    }
}
