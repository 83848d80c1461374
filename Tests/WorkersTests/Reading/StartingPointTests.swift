import Invalidations
import Kafka
import TestSupport
import Testing
import Workers

/// What the group committed, held against what the log holds.
struct StartingPointTests {
    /// Offsets 103 to 114 are finished, if 100 was committed.
    private static let completed = "aAww"

    private static let mark = LogMark(newest: 1_000, anchor: LogMark.Anchor(offset: 90, time: 900))

    private func makeStart(
        _ committed: Int64?, _ mark: LogMark? = mark, _ completed: String = "", low: Int64 = 0, high: Int64,
        newer: StartingPoint.Newer = StartingPoint.Newer()
    ) -> StartingPoint {
        StartingPoint(
            committed: committed, metadata: CommitMetadata(mark: mark, completed: completed),
            marks: Watermarks(low: low, high: high), newer: newer)
    }

    private func newer(_ newest: Int64?, _ anchor: Int64? = nil) -> StartingPoint.Newer {
        StartingPoint.Newer(thanNewest: newest, thanAnchor: anchor ?? newest)
    }

    @Test func whatFitsIsBelieved() {
        let plain = makeStart(100, Self.mark, Self.completed, high: 115, newer: newer(nil, 95))
        #expect((plain.next, plain.completed, plain.fault) == (100, Self.completed, nil))
        let grown = makeStart(100, Self.mark, Self.completed, high: 200, newer: newer(115, 90))
        #expect((grown.next, grown.completed, grown.fault) == (100, Self.completed, nil))
        let idle = makeStart(100, high: 100)
        #expect((idle.next, idle.completed, idle.fault) == (100, nil, nil))
        #expect(makeStart(nil, nil, low: 7, high: 9).next == 7)
    }

    @Test func anOffsetBeyondTheEndOfAnUnknownLogBeginsAnew() {
        let start = makeStart(100, nil, Self.completed, low: 3, high: 80)
        #expect((start.next, start.completed) == (3, nil))
        #expect(start.fault == .beyondEnd(committed: 100, end: 80))
    }

    /// All that is left of the same log had been read.
    @Test func aLostTailIsNotDoneAgain() {
        let start = makeStart(100, Self.mark, Self.completed, low: 3, high: 80)
        #expect((start.next, start.completed) == (80, nil))
        #expect(start.fault == .beyondEnd(committed: 100, end: 80))
    }

    /// Lost once more before anything new was read, the log would look like the one whose offsets were committed.
    @Test func whatIsLeftOfALogKeepsItsMark() {
        let start = makeStart(100, Self.mark, Self.completed, low: 3, high: 80)
        #expect(start.mark == LogMark(newest: 1_000, anchor: LogMark.Anchor(offset: 80, time: 1_000)))
        let second = makeStart(start.next, start.mark, low: 3, high: 95, newer: newer(60))
        #expect(second.next == 60)
        #expect(second.fault == .anotherLog(committed: 80, newerFrom: 60))
        #expect(makeStart(100, high: 200).mark == Self.mark)
        #expect(makeStart(5, Self.mark, low: 7, high: 200).mark == nil)
    }

    @Test func aNewerRecordBelowTheOffsetIsOfAnotherLog() {
        for high: Int64 in [50, 100, 500] {
            let start = makeStart(100, Self.mark, Self.completed, low: 10, high: high, newer: newer(10))
            #expect((start.next, start.completed) == (10, nil))
            #expect(start.fault == .anotherLog(committed: 100, newerFrom: 10))
        }
        // Another log that was read on in, so that only the anchor is older than it.
        #expect(makeStart(100, low: 10, high: 500, newer: newer(nil, 10)).next == 10)
        #expect(makeStart(50, low: 10, high: 500, newer: newer(nil, 60)).next == 50)
        // A tail that was lost, and others that were written in its place.
        #expect(makeStart(100, high: 500, newer: newer(70)).next == 70)
    }

    @Test func completedOffsetsThatDoNotExistAreDropped() {
        for high: Int64 in [100, 105, 114] {
            let start = makeStart(100, nil, Self.completed, high: high)
            #expect((start.next, start.completed) == (100, nil))
            #expect(start.fault == .completedBeyondEnd(last: 114, end: high))
        }
    }

    /// The log lost its end and has grown past it since, behind the committed offset.
    @Test func completedOffsetsOfRecordsThatWereReplacedAreDropped() {
        let start = makeStart(100, Self.mark, Self.completed, high: 200, newer: newer(110, 95))
        #expect((start.next, start.completed) == (100, nil))
        #expect(start.fault == .completedBeyondEnd(last: 114, end: 110))
    }

    /// The next owner reads again from before them. Where the log loses its end meanwhile and grows again below them,
    /// newer records than those stand there.
    @Test func completedOffsetsTellHowFarTheLogWasRead() throws {
        let start = makeStart(100, Self.mark, Self.completed, high: 115, newer: newer(nil, 95))
        let mark = try #require(start.mark)
        #expect(mark == LogMark(newest: 1_000, anchor: LogMark.Anchor(offset: 115, time: 1_000)))
        let far = LogMark(newest: 1_000, anchor: LogMark.Anchor(offset: 120, time: 900))
        #expect(makeStart(100, far, Self.completed, high: 125, newer: newer(nil, nil)).mark == far)
        #expect(makeStart(100, high: 100).mark == Self.mark)

        let partition = TopicPartition("t", 0)
        let position = [partition: ClusterQuestion.Position(next: 103, mark: mark)]
        var same = ClusterFindings(assignment: 1)
        same.compare(position) { $0.mapValues { _ in 115 } }
        #expect(same.goneBack.isEmpty && same.anchors.isEmpty, "what was known of the log is kept")
        var other = ClusterFindings(assignment: 1)
        other.compare(position) { $0.mapValues { _ in 103 } }
        #expect(other.goneBack == [partition: 103])
    }

    /// What comes at the end of a log that was longer before is new, and no sign of another log.
    @Test func anAnchorBehindTheEndHoldsUpToTheEnd() throws {
        let far = LogMark(newest: 1_000, anchor: LogMark.Anchor(offset: 120, time: 900))
        let mark = try #require(makeStart(100, far, high: 100).mark)
        #expect(mark == LogMark(newest: 1_000, anchor: LogMark.Anchor(offset: 100, time: 900)))
        let next = makeStart(101, mark, high: 101, newer: newer(nil, 100))
        #expect((next.next, next.fault) == (101, nil))
        // Below the end they still show it.
        #expect(
            makeStart(101, mark, high: 101, newer: newer(nil, 99)).fault == .anotherLog(committed: 101, newerFrom: 99))
    }

    @Test func recordsThatRetentionTookAreNamed() {
        let start = makeStart(100, Self.mark, Self.completed, low: 120, high: 300)
        #expect((start.next, start.completed) == (120, nil))
        #expect(start.fault == .deletedUnread(from: 100, to: 120))
    }

    @Test func aLogThatWentBackIsNotBelieved() {
        var suspect = StartingPoint.Newer()
        suspect.isSuspect = true
        #expect(makeStart(100, Self.mark, Self.completed, high: 200, newer: suspect).completed == nil)
        #expect(makeStart(100, nil, low: 4, high: 200, newer: suspect).next == 4)
        // What was known of the log's length holds no longer: it would look as if it went back once more.
        let far = LogMark(newest: 1_000, anchor: LogMark.Anchor(offset: 120, time: 900))
        #expect(makeStart(100, far, high: 101, newer: suspect).mark?.anchor == LogMark.Anchor(offset: 100, time: 1_000))
        suspect.suspectFrom = 30
        #expect(makeStart(100, Self.mark, Self.completed, high: 200, newer: suspect).next == 30)
        #expect(makeStart(20, Self.mark, high: 200, newer: suspect).next == 20)
    }

    @Test func metadataIsReadAsItIsWritten() {
        for metadata in [
            CommitMetadata(completed: ""), CommitMetadata(completed: "aAww"),
            CommitMetadata(mark: Self.mark, completed: "aAww"), CommitMetadata(mark: Self.mark, completed: ""),
            CommitMetadata(
                mark: LogMark(newest: .max, anchor: LogMark.Anchor(offset: .max, time: .max)),
                completed: String(repeating: "x", count: 3_072)),
        ] {
            #expect(CommitMetadata(text: metadata.text) == metadata)
            #expect(metadata.text.utf8.count <= CommitOffset.metadataBytesMax)
        }
    }

    @Test(arguments: [
        "t", "t.", "tzzz", "t-5.1.1.a", "t1.1.a", "t1.1.-1.a", "t99999999999999999999.1.1.a", "t\u{fffd}.a",
    ])
    func garbledMetadataHoldsNothing(text: String) {
        #expect(CommitMetadata(text: text) == CommitMetadata(completed: ""))
    }

    /// Nothing that anybody writes beside an offset may end the worker.
    @Test func anyMetadataIsTaken() {
        var random = SeededGenerator.printed("metadata")
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                UInt8.random(in: 32...126, using: &random)
            }
            let text =
                ["t", "a", "t1.", "t1.2.3.a"].randomElement(using: &random)! + String(decoding: bytes, as: UTF8.self)
            let metadata = CommitMetadata(text: text)
            for committed: Int64 in [0, 100, .max] {
                let start = StartingPoint(
                    committed: committed, metadata: metadata, marks: Watermarks(low: 5, high: 90),
                    newer: newer(7, 9))
                #expect(start.next >= 0)
            }
        }
    }
}
