import Kafka
import Testing

/// How a range of one partition is read, without Kafka.
struct LogRangeCursorTests {
    private let partition = TopicPartition("t", 0)

    private func cursor(_ start: Int64 = 2, _ end: Int64 = 6, isAssigned: Bool = true) -> LogRangeCursor {
        var cursor = LogRangeCursor(LogRange(partition, from: start, to: end))
        if isAssigned { #expect(cursor.compare(with: Watermarks(low: 0, high: end), now: 0) == .read(lost: nil)) }
        return cursor
    }

    @Test func theLastRecordEndsTheRange() {
        var cursor = cursor()
        for offset in [Int64(2), 3, 5] { #expect(cursor.accepts(offset) == true) }
        #expect(cursor.hasEnded && cursor.next == 6)
        #expect(!cursor.accepts(6) && !cursor.accepts(5))
    }

    /// The offsets 4 and 5 are control records.
    @Test func aRecordBehindTheRangeEndsIt() {
        var cursor = cursor()
        #expect(cursor.accepts(3) && !cursor.hasEnded)
        #expect(cursor.accepts(6) == false)
        #expect(cursor.hasEnded && cursor.next == 6)
    }

    @Test(arguments: [6, 7, 100])
    func thePartitionsEndEndsTheRange(position: Int64) {
        var cursor = cursor()
        cursor.reachEnd(at: position)
        #expect(cursor.hasEnded && cursor.next == 6)
    }

    @Test func aRecordIsAcceptedOnce() {
        var cursor = cursor()
        #expect(!cursor.accepts(1) && cursor.accepts(4) && !cursor.accepts(4) && !cursor.accepts(3))
        #expect(cursor.next == 5)
    }

    @Test func anEmptyRangeHasEnded() {
        #expect(cursor(4, 4, isAssigned: false).hasEnded)
        #expect(LogRange(partition, from: 4, to: 2) == LogRange(partition, from: 4, to: 4))
    }

    @Test func anEndBelowTheRangesStalls() {
        var cursor = cursor()
        #expect(cursor.accepts(2) == true)
        cursor.reachEnd(at: 4)
        #expect(cursor.isUnclear && cursor.next == 4)
        #expect(cursor.compare(with: Watermarks(low: 0, high: 6), now: 70) == .stalled)
        #expect(cursor.state == .stalled(since: 70))
        // Assigned once more, it is told once more.
        cursor.reachEnd(at: 4)
        #expect(cursor.state == .stalled(since: 70))
        // An aborted transaction has ended, and another is open.
        cursor.reachEnd(at: 5)
        #expect(cursor.compare(with: Watermarks(low: 0, high: 9), now: 80) == .stalled)
        #expect(cursor.state == .stalled(since: 80))
        #expect(cursor.accepts(5) && cursor.hasEnded)
    }

    @Test func removedOffsetsAreLost() {
        var cursor = cursor()
        #expect(cursor.accepts(2) == true)
        cursor.leaveRange()
        let lost = LogRange(partition, from: 3, to: 5)
        #expect(cursor.compare(with: Watermarks(low: 5, high: 9), now: 0) == .read(lost: lost))
        #expect(cursor.state == .reading && cursor.next == 5)
    }

    @Test(arguments: [true, false])
    func allThatIsLeftMayBeLost(isAssigned: Bool) {
        var cursor = cursor(isAssigned: isAssigned)
        cursor.leaveRange()
        let lost = LogRange(partition, from: 2, to: 6)
        #expect(cursor.compare(with: Watermarks(low: 8, high: 9), now: 0) == .read(lost: lost))
        #expect(cursor.hasEnded && cursor.next == 6)
    }

    @Test(arguments: [Watermarks(low: 0, high: 5), Watermarks(low: 0, high: 0)])
    func fewerOffsetsThanTheRangeMeanAnotherLog(watermarks: Watermarks) {
        var cursor = cursor(isAssigned: false)
        #expect(cursor.compare(with: watermarks, now: 0) == .wentBack)
    }

    @Test func aBeginningThatGoesBackMeansAnotherLog() {
        var cursor = cursor(isAssigned: false)
        #expect(cursor.compare(with: Watermarks(low: 1, high: 9), now: 0) == .read(lost: nil))
        cursor.leaveRange()
        #expect(cursor.compare(with: Watermarks(low: 0, high: 9), now: 0) == .wentBack)
    }

    /// A leader that was behind for a moment.
    @Test func anOffsetThatIsThereIsReadOnceMore() {
        var cursor = cursor()
        cursor.leaveRange()
        #expect(cursor.state == .unclear(isAssigned: false))
        #expect(cursor.compare(with: Watermarks(low: 0, high: 9), now: 0) == .read(lost: nil))
        #expect(cursor.state == .reading && cursor.next == 2)
    }
}
