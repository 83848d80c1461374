import Invalidations
import TestSupport
import Testing

/// Offset tracker of one partition, against a plain model.
struct OffsetTrackerTests {
    @Test func theWatermarkMovesOverFinishedRecordsAlone() {
        var tracker = OffsetTracker(from: 10)
        #expect(tracker.begin(10, record: 0) == .begun(0))
        #expect(tracker.begin(12, record: 1) == .begun(1))
        #expect(tracker.begin(12, record: 2) == .known, "an offset that was read before")
        tracker.finish(1)
        #expect((tracker.watermark, tracker.next, tracker.span) == (10, 13, 3))
        #expect(tracker.completedOffsets().runs == [12...12])
        tracker.finish(0)
        #expect((tracker.watermark, tracker.width) == (13, 0))
        #expect(tracker.completedOffsets().isEmpty)
    }

    @Test func whatAnEarlierOwnerFinishedIsNotBegun() {
        // From 5 on: one offset is open, two are finished.
        let earlier = CompletedOffsets(metadata: "aAQI", offset: 5)
        #expect(earlier.runs == [6...7])
        var tracker = OffsetTracker(from: 5, finished: earlier)
        #expect(tracker.begin(5, record: 0) == .begun(0))
        #expect(tracker.completedOffsets().runs == [6...7], "it is told on before it is read")
        #expect(tracker.begin(6, record: 1) == .finishedBefore)
        #expect(tracker.begin(7, record: 1) == .finishedBefore)
        tracker.finish(0)
        #expect(tracker.watermark == 8)
    }

    /// Whatever ends in whatever order: the watermark is the first offset that is not finished, and the set above it
    /// holds what is finished there, and nothing else.
    @Test func nothingUnfinishedIsEverCommitted() {
        var random = SeededGenerator.printed("offset tracker")
        for _ in 0..<200 {
            var tracker = OffsetTracker(from: 0)
            var open: [(offset: Int64, ticket: Int64)] = []
            var next: Int64 = 0
            for _ in 0..<100 {
                if Bool.random(using: &random) || open.isEmpty {
                    next += Bool.random(using: &random) ? 0 : .random(in: 1...3, using: &random)
                    guard case .begun(let ticket) = tracker.begin(next, record: Int(next)) else {
                        Issue.record("offset \(next) is not begun, seed \(random.seed)")
                        return
                    }
                    open.append((next, ticket))
                    next += 1
                } else {
                    let index = Int.random(in: open.indices, using: &random)
                    tracker.finish(open.remove(at: index).ticket)
                }
                let done = tracker.completedOffsets()
                let isRight =
                    open.allSatisfy { $0.offset >= tracker.watermark && !done.contains($0.offset) }
                    && tracker.unfinished().count == open.count && tracker.next == next
                    && tracker.watermark <= open.map(\.offset).min() ?? next
                #expect(isRight, "seed \(random.seed)")
                guard isRight else { return }
            }
        }
    }
}
