/// Offset tracker: the finished records of one partition, and where a restart reads again.
///
/// Records finish in any order; the watermark moves only over an unbroken run of finished ones. What is finished
/// above it is told by the completed-offset set.
package struct OffsetTracker {
    /// Everything below is finished: the offset to commit, and the next to read after a restart.
    package private(set) var watermark: Int64
    /// What an earlier owner finished above the watermark it committed.
    private var finishedBefore: CompletedOffsets

    private struct Entry {
        var offset: Int64
        /// The record's place, or `finished`.
        var record: Int
    }

    private static let finished = -1
    private var entries = RingBuffer<Entry>()
    private var firstTicket: Int64 = 0

    package enum Begin: Equatable {
        /// The ticket to finish with.
        case begun(Int64)
        /// An earlier owner has finished it.
        case finishedBefore
        /// It was begun before.
        case known
    }

    package init(from offset: Int64, finished: CompletedOffsets = CompletedOffsets()) {
        watermark = offset
        finishedBefore = finished
    }

    /// Records begun and not yet below the watermark.
    package var width: Int { entries.count }

    /// Offsets from the watermark to the last one begun.
    package var span: Int64 { entries.isEmpty ? 0 : entries[entries.count - 1].offset + 1 - watermark }

    /// The offset after the last one begun.
    package var next: Int64 { entries.isEmpty ? watermark : entries[entries.count - 1].offset + 1 }

    /// Whether an earlier owner finished that record.
    package func wasFinishedBefore(_ offset: Int64) -> Bool { finishedBefore.contains(offset) }

    /// The records that are not finished, in the order of their offsets, at most so many.
    package func unfinished(max: Int = .max) -> [Int] {
        var records: [Int] = []
        for index in 0..<entries.count where entries[index].record != Self.finished {
            guard records.count < max else { break }
            records.append(entries[index].record)
        }
        return records
    }

    /// - Parameter record: its place among the open records.
    package mutating func begin(_ offset: Int64, record: Int) -> Begin {
        // Offsets may leave gaps (compaction, transaction markers), but never go back.
        guard offset >= next else { return .known }
        if !finishedBefore.isEmpty, finishedBefore.contains(offset) {
            entries.append(Entry(offset: offset, record: Self.finished))
            moveWatermark()
            return .finishedBefore
        }
        entries.append(Entry(offset: offset, record: record))
        return .begun(firstTicket + Int64(entries.count) - 1)
    }

    package mutating func finish(_ ticket: Int64) {
        let index = Int(ticket - firstTicket)
        precondition(entries[index].record != Self.finished, "offset \(entries[index].offset) finished twice")
        entries[index].record = Self.finished
        if index == 0 { moveWatermark() }
    }

    /// The finished records above the watermark, and what an earlier owner finished beyond those read so far.
    package func completedOffsets() -> CompletedOffsets {
        var done = CompletedOffsets()
        var start: Int64?
        for index in 0..<entries.count {
            let entry = entries[index]
            if entry.record == Self.finished {
                // Offsets that do not exist between two finished ones count as finished with them.
                start = start ?? entry.offset
            } else if let first = start {
                done.append(first...(entries[index - 1].offset))
                start = nil
            }
        }
        if let first = start { done.append(first...(next - 1)) }
        for run in finishedBefore.runs where run.upperBound >= next {
            done.append(max(run.lowerBound, next)...run.upperBound)
        }
        return done
    }

    private mutating func moveWatermark() {
        let before = watermark
        while let first = entries.first, first.record == Self.finished {
            _ = entries.popFirst()
            firstTicket += 1
            watermark = first.offset + 1
        }
        precondition(watermark >= before, "the watermark went back from \(before) to \(watermark)")
    }
}
