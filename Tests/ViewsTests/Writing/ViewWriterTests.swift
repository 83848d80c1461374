import Invalidations
import Kafka
import TestSupport
import Testing
import TopicCatalogue
import Views

/// Tests of the writer, on every kind of database.
@Suite(.everyViewStore)
struct ViewWriterTests {
    private static let partition = TopicPartition(ViewFixture.topic, 0)
    private let fixture: ViewFixture

    init() throws {
        fixture = try ViewFixture()
    }

    @Test func theViewIsTheFoldOfTheTopic() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let history = ViewFixture.history(requests: 300, using: &random)
        try apply(history, path: fixture.path, batchMax: 50, using: &random)
        let expected = folded(history)

        var records: [RequestID: StatusRecord] = [:]
        try fixture.reader.forEachRecord { records[$0.id] = $0 }
        #expect(records == expected)
        let counts = try fixture.reader.counts()
        for status in RequestStatus.allCases {
            #expect(counts[status] == expected.values.count { $0.status == status })
        }
    }

    @Test func foldingAgainFromTheStartGivesTheSameRows() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let history = ViewFixture.history(requests: 300, using: &random)
        let repeated = fixture.directory.file("again.sqlite")
        try apply(history, path: fixture.path, batchMax: 10, using: &random)
        try apply(history, path: repeated, batchMax: 200, using: &random)
        #expect(try fixture.dump() == fixture.dump(repeated))
    }

    @Test func recordsThatCannotBeDecodedAreSteppedOver() throws {
        let writer = try fixture.writer()
        var batch = ProjectionBatch()
        batch.passOver(Self.partition, 0)
        batch.passOver(Self.partition, 7)
        try writer.apply(batch)
        #expect(writer.nextOffset(of: Self.partition) == 8)
        let stored = try fixture.reader.watermarks().first { $0.topic == ViewFixture.topic }
        #expect(stored?.nextOffset == 8)
    }

    @Test func aBatchSaysHowManyEdgesItsRecordsName() {
        let id = RequestID(at: ViewFixture.epoch)
        let snapshots = [3, 2].map { count in
            ViewFixture.progress(id, (0..<count).map { Progress.Edge("edge-\($0)", .queued) })
        }
        var batch = ViewFixture.batch(snapshots)
        #expect(batch.edgeCount == 5 && batch.count == 2)
        batch.removeAll()
        #expect(batch.edgeCount == 0 && batch.isEmpty)
    }

    @Test func endedRequestsAreRemovedAfterTheirTimeAFewAtOnce() throws {
        let writer = try fixture.writer()
        let old = (0..<10).map { index in
            ViewFixture.progress(
                RequestID(at: ViewFixture.epoch),
                [
                    Progress.Edge(
                        "a", index < 6 ? .dead : .purged,
                        failure: EdgeFailure(failureClass: "c", message: "m", attempts: 1))
                ])
        }
        let running = ViewFixture.progress(RequestID(at: ViewFixture.epoch), [Progress.Edge("a", .queued)])
        let later = ViewFixture.progress(
            RequestID(at: ViewFixture.epoch), [Progress.Edge("a", .purged)], at: ViewFixture.epoch + 10)
        try writer.apply(ViewFixture.batch(old + [running, later]))
        let horizon = ViewFixture.epoch + 10
        #expect(try writer.removeExpired(before: ViewFixture.horizons(horizon), max: 7) == 7)
        #expect(try writer.removeExpired(before: ViewFixture.horizons(horizon), max: 7) == 3)
        #expect(try writer.removeExpired(before: ViewFixture.horizons(horizon), max: 7) == 0)
        var left: Set<RequestID> = []
        try fixture.reader.forEachRecord { left.insert($0.id) }
        #expect(left == [running.id, later.id])
        #expect(try fixture.reader.counts() == [.queued: 1, .processing: 0, .completed: 1, .failed: 0])
        #expect(try fixture.rowCount("failures") == 0)
    }

    @Test func whatNoWorkerEndsIsRemovedInTheEnd() throws {
        let writer = try fixture.writer()
        // Two open ones, one of them from the year 9999, as its publisher says.
        let far = Timestamp(milliseconds: 253_402_300_799_000)
        let open = [EdgeState.queued, .deferred].enumerated().map { index, state in
            ViewFixture.progress(
                RequestID(at: ViewFixture.epoch), [Progress.Edge("a", state)],
                requestedAt: index == 0 ? far : ViewFixture.epoch)
        }
        let heardOf = ViewFixture.progress(
            RequestID(at: ViewFixture.epoch), [Progress.Edge("a", .queued)], at: ViewFixture.epoch + 10)
        try writer.apply(ViewFixture.batch(open + [heardOf]))
        let horizon = ViewFixture.epoch + 10
        #expect(try writer.removeExpired(before: ViewFixture.horizons(horizon), max: 10) == 0)
        #expect(try writer.removeExpired(before: ViewFixture.horizons(horizon, silent: horizon), max: 10) == 2)
        var left: [RequestID] = []
        try fixture.reader.forEachRecord { left.append($0.id) }
        #expect(left == [heardOf.id])
        #expect(try fixture.reader.counts() == [.queued: 1, .processing: 0, .completed: 0, .failed: 0])
    }

    @Test func requestsOfOneIdInTwoNamespacesAreTwo() throws {
        let id = RequestID(at: ViewFixture.epoch)
        let failure = EdgeFailure(failureClass: "permanent", message: "401", attempts: 1)
        let first = ViewFixture.progress(id, [Progress.Edge("a", .purged)], namespace: "shop")
        let second = ViewFixture.progress(
            id, [Progress.Edge("a", .dead, failure: failure)], namespace: "blog", requestedAt: ViewFixture.epoch + -99,
            at: ViewFixture.epoch + 1)
        try fixture.writer().apply(ViewFixture.batch([second, first]))
        let (shop, blog) = (Namespace("shop"), Namespace("blog"))
        let reader = fixture.reader
        // Who asks for the id alone gets the request that was heard of first, and learns of the other.
        let found = try reader.lookup(id, now: ViewFixture.epoch)
        #expect(found == .found(StatusRecord(first), alsoIn: [try #require(blog)]))
        #expect(
            try reader.lookup(id, in: blog, now: ViewFixture.epoch)
                == .found(StatusRecord(second), alsoIn: [try #require(shop)]))
        #expect(try reader.lookup(id, in: Namespace("news"), now: ViewFixture.epoch) == .notYetSeen)
        #expect(try reader.counts() == [.queued: 0, .processing: 0, .completed: 1, .failed: 1])
        // Pages show both, whatever their size.
        var query = StatusQuery(limit: 1)
        var listed: [RequestIdentity] = []
        repeat {
            let page = try reader.list(query)
            listed += page.records.map(\.identity)
            query.cursor = page.next.flatMap { StatusCursor($0.text) }
        } while query.cursor != nil
        #expect(listed == [first.identity, second.identity])
    }

    /// What a writer remembers of a row holds no longer than nobody else writes.
    @Test func aRowThatAnotherConnectionHasChangedIsReadAnew() throws {
        let writer = try fixture.writer()
        let id = RequestID(at: ViewFixture.epoch)
        try writer.apply(ViewFixture.batch([ViewFixture.progress(id, [Progress.Edge("a", .queued)])]))
        let later = ViewFixture.epoch + 60_000
        try fixture.execute("UPDATE requests SET updated_at = \(later.milliseconds)")
        try writer.apply(ViewFixture.batch([ViewFixture.progress(id, [Progress.Edge("a", .purged)])], from: 1))
        var records: [StatusRecord] = []
        try fixture.reader.forEachRecord { records.append($0) }
        #expect(records.map(\.updatedAt) == [later] && records.map(\.status) == [.completed])
    }

    @Test func newsOfARequestThatWasRemovedMakeANewRow() throws {
        let writer = try fixture.writer()
        let id = RequestID(at: ViewFixture.epoch)
        try writer.apply(ViewFixture.batch([ViewFixture.progress(id, [Progress.Edge("a", .purged)])]))
        let horizon = ViewFixture.epoch + 10
        #expect(try writer.removeExpired(before: ViewFixture.horizons(horizon), max: 10) == 1)
        let news = ViewFixture.progress(id, [Progress.Edge("b", .queued)], at: horizon)
        try writer.apply(ViewFixture.batch([news], from: 1))
        var records: [StatusRecord] = []
        try fixture.reader.forEachRecord { records.append($0) }
        #expect(records == [StatusRecord(news)])
    }

    @Test func aTopicWithFewerPartitionsIsAnother() throws {
        _ = try fixture.writer(partitions: 4)
        #expect(throws: ViewError.fewerPartitions(topic: TopicName.dead, known: 4, found: 2)) {
            try fixture.writer(partitions: 2)
        }
        #expect(try fixture.writer(partitions: 6).nextOffsets.count == 31)
    }

    @Test func manyRequestsPerSecondGoIn() throws {
        var random = SeededGenerator(seed: 4)
        let edges = ["nginx-1", "varnish-1", "varnish-2"]
        let ids = (0..<25_000).map { RequestID(at: ViewFixture.epoch + Int64($0 / 50), using: &random) }
        let first = ids.map { id in ViewFixture.progress(id, edges.map { Progress.Edge($0, .queued) }) }
        let last = ids.map { id in
            ViewFixture.progress(id, edges.map { Progress.Edge($0, .purged) }, at: ViewFixture.epoch + 1_000)
        }
        // Each request is heard of twice, a few thousand others in between.
        var events: [Progress] = []
        for start in stride(from: 0, to: ids.count, by: 5_000) {
            events += first[start..<start + 5_000]
            events += last[start..<start + 5_000]
        }
        let writer = try fixture.writer()
        let elapsed = try ContinuousClock().measure {
            for start in stride(from: 0, to: events.count, by: 1_000) {
                try writer.apply(ViewFixture.batch(Array(events[start..<start + 1_000]), from: Int64(start)))
            }
        }
        #expect(try fixture.reader.counts()[.completed] == ids.count)
        print("\(events.count) events folded in \(elapsed): \(Int(Double(events.count) / (elapsed / .seconds(1))))/s")
    }

    /// Over three partitions, in batches of random size.
    private func apply(
        _ history: [Progress], path: String, batchMax: Int, using random: inout some RandomNumberGenerator
    ) throws {
        let writer = try fixture.writer(partitions: 3, path: path)
        var partitions: [[Progress]] = [[], [], []]
        for progress in history { partitions[Int(progress.id.low % 3)].append(progress) }
        var offsets = [0, 0, 0]
        while (0..<3).contains(where: { offsets[$0] < partitions[$0].count }) {
            var batch = ProjectionBatch()
            for partition in 0..<3 {
                let end = min(
                    offsets[partition] + Int.random(in: 0...batchMax, using: &random), partitions[partition].count)
                for offset in offsets[partition]..<end {
                    batch.add(
                        partitions[partition][offset], from: TopicPartition(ViewFixture.topic, Int32(partition)),
                        offset: Int64(offset))
                }
                offsets[partition] = end
            }
            try writer.apply(batch)
        }
    }
}
