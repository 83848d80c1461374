import Invalidations
import TestSupport
import Testing

/// Partition tracker: what is committed, what is read again, and the stages of a recovery scan.
struct PartitionTrackerTests {
    private static let source = SourcePartition(tier: 0, partition: 3)

    private static func tracker(
        from next: Int64, metadata: String? = nil, end: Int64? = nil, isAnew: Bool = false, scans: Bool = false
    ) -> PartitionTracker {
        PartitionTracker(
            AssignedPartition(source, next: next, metadata: metadata, end: end, isAnew: isAnew), scansBacklog: scans)
    }

    /// A worker begins and finishes records and commits now and then. Its successor, who knows the last commit alone,
    /// reads what was not finished then, and nothing else.
    @Test func aSuccessorReadsWhatTheLastCommitLeavesOpen() {
        var random = SeededGenerator.printed("partition tracker")
        for _ in 0..<200 {
            var tracker = Self.tracker(from: 0)
            var open: [Int64: Int64] = [:]
            var finished: Set<Int64> = []
            var committed = (point: CommitPoint(offset: 0), finished: finished)
            for offset in Int64(0)..<40 {
                guard case .begun(let ticket) = tracker.begin(offset, record: Int(offset), namespace: nil) else {
                    Issue.record("offset \(offset) is not begun, seed \(random.seed)")
                    return
                }
                open[offset] = ticket
                if let ended = open.keys.sorted().randomElement(using: &random), Bool.random(using: &random) {
                    tracker.finish(open.removeValue(forKey: ended) ?? -1)
                    finished.insert(ended)
                }
                guard Int.random(in: 0..<4, using: &random) == 0, let point = tracker.nextCommit() else { continue }
                #expect(point.offset >= committed.point.offset && !tracker.hasNews, "seed \(random.seed)")
                #expect(tracker.nextCommit() == nil, "what is committed is committed twice, seed \(random.seed)")
                committed = (point, finished)
            }
            var successor = Self.tracker(from: committed.point.offset, metadata: committed.point.metadata)
            #expect(committed.finished.isSuperset(of: 0..<committed.point.offset), "seed \(random.seed)")
            for offset in committed.point.offset..<40 {
                let begin = successor.begin(offset, record: 0, namespace: nil)
                let isFinished = begin == .finishedBefore
                #expect(isFinished == committed.finished.contains(offset), "offset \(offset), seed \(random.seed)")
            }
        }
    }

    @Test func aCommitThatWasRefusedIsRepeated() {
        var tracker = Self.tracker(from: 5)
        #expect(tracker.begin(5, record: 0, namespace: nil) == .begun(0))
        tracker.finish(0)
        let first = tracker.nextCommit()
        #expect(first == CommitPoint(offset: 6))
        tracker.repeatCommit()
        #expect(tracker.isCommitOutdated && tracker.hasNews)
        #expect(tracker.nextCommit() == first && !tracker.isCommitOutdated)
    }

    /// The log is another one, or ends below what the commit calls finished: what is committed is replaced at once.
    @Test func theCommitOfAnotherLogIsReplaced() {
        let known = Self.tracker(from: 5, metadata: "aAQI", end: 8)
        #expect(!known.isCommitOutdated && !known.hasNews && known.offsets.wasFinishedBefore(7))
        var shorter = Self.tracker(from: 5, metadata: "aAQI", end: 7)
        #expect(shorter.isCommitOutdated && shorter.hasNews)
        #expect(shorter.offsets.wasFinishedBefore(6) && !shorter.offsets.wasFinishedBefore(7))
        #expect(shorter.nextCommit()?.offset == 5)
        var anew = Self.tracker(from: 0, isAnew: true)
        #expect(anew.isCommitOutdated && anew.nextCommit() == CommitPoint(offset: 0))
    }

    @Test func whatACommitCannotTellIsTriedAgain() {
        var tracker = Self.tracker(from: 0)
        let count: Int64 = 8_000
        for offset in 0..<count { _ = tracker.begin(offset, record: 0, namespace: nil) }
        for ticket in stride(from: 1, to: count, by: 2) { tracker.finish(ticket) }
        #expect(tracker.nextCommit() == nil && tracker.isTooWide && !tracker.hasNews)
        tracker.retryMetadata()
        #expect(tracker.hasNews)
        for ticket in stride(from: 0, to: count, by: 2) { tracker.finish(ticket) }
        #expect(tracker.nextCommit() == CommitPoint(offset: count) && !tracker.isTooWide)
        tracker.retryMetadata()
        #expect(!tracker.hasNews)
    }

    @Test func theLastRecordOfAnotherNamespaceIsRemembered() {
        var tracker = Self.tracker(from: 0)
        #expect(tracker.lastRead(besides: 1) == nil)
        for (offset, namespace) in [1, 2, 2, 1, 1].enumerated() {
            _ = tracker.begin(Int64(offset), record: 0, namespace: namespace)
        }
        #expect(tracker.lastRead(besides: 1).map { [$0.namespace, Int($0.offset)] } == [2, 2])
        #expect(tracker.lastRead(besides: 2).map { [$0.namespace, Int($0.offset)] } == [1, 4])
        #expect(tracker.lastRead(besides: 3).map { [$0.namespace, Int($0.offset)] } == [1, 4])
    }

    // MARK: - Recovery scan

    /// Of offsets 5 to 9 an earlier owner finished 6 and 7. All of them are read, and the open ones are remembered;
    /// then reading begins again at 5.
    @Test func aRecoveryScanReadsTheBacklogTwice() {
        var tracker = Self.tracker(from: 5, metadata: "aAQI", end: 10, scans: true)
        var steps: [PartitionTracker.ScanStep] = []
        var rereads: [Int64?] = []
        // 6 comes twice; 10 and 11 were fetched before the second reading was asked for.
        for offset: Int64 in [5, 6, 6, 7, 8, 9, 10, 11] {
            #expect(tracker.isReadingBacklog == (rereads.last ?? nil == nil && offset < 10))
            let (step, rereadFrom) = tracker.scan(offset)
            steps.append(step)
            rereads.append(rereadFrom)
        }
        #expect(steps == [.remember, .ignore, .ignore, .ignore, .remember, .remember, .ignore, .ignore])
        #expect(rereads == [nil, nil, nil, nil, nil, 5, nil, nil])
        let second = [5, 6, 10].map { tracker.scan($0).step }
        #expect(second == [.process, .process, .process])
    }

    @Test(
        arguments: [(5, true, true), (5, false, false), (10, true, false)] as [(Int64, Bool, Bool)])
    func aScanNeedsABacklog(_ next: Int64, _ scans: Bool, _ isReading: Bool) {
        let tracker = Self.tracker(from: next, end: 10, scans: scans)
        #expect(tracker.isReadingBacklog == isReading)
    }

    @Test func aScanThatReadNothingIsOver() {
        var tracker = Self.tracker(from: 5, end: 10, scans: true)
        #expect(tracker.rewind(lastSeen: 4) == nil && !tracker.isReadingBacklog)
        #expect(tracker.scan(11).step == .process)
    }

    @Test func theSearchForABacklogEndsAtALaterRetry() {
        var tracker = Self.tracker(from: 0)
        let times = [100, 101].map { Timestamp(milliseconds: $0) }
        tracker.scanBacklog(until: times[0])
        let retries = times.map {
            RetryMetadata(
                origin: RecordPosition(source: Self.source, offset: 0), deferredAt: $0, notBefore: $0, parts: [],
                reason: .breaker)
        }
        let left = retries.map { retry in
            tracker.endScan(at: retry)
            return tracker.scanUntil
        }
        #expect(left == [times[0], nil])
    }
}
