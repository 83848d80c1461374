import Foundation
import Invalidations
import Kafka
import Storage
import TestSupport
import Testing
import TopicCatalogue
import Views

// Foundation has a type of that name, too.
import struct Invalidations.Progress

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
        #expect(try fixture.writer().nextOffset(of: Self.partition) == 8)
    }

    @Test func aProcessThatDiesInATransactionLeavesTheOneBefore() throws {
        var random = SeededGenerator(seed: 1)
        let history = ViewFixture.history(requests: 50, using: &random)
        try fixture.writer().apply(ViewFixture.batch(history))
        let before = try fixture.dump()
        do {
            // The connection goes away without a commit, as the kernel would close it.
            let connection = try Connection(path: fixture.path, access: .write)
            try connection.execute("BEGIN IMMEDIATE")
            try connection.execute("UPDATE offsets SET next_offset = 1000000")
            try connection.execute("UPDATE requests SET status = 3")
        }
        #expect(try fixture.dump() == before)
        let writer = try fixture.writer()
        #expect(writer.nextOffset(of: Self.partition) == Int64(history.count))
        try writer.apply(ViewFixture.batch(history))
        #expect(try fixture.dump() == before)
    }

    @Test func aZombieIsFenced() throws {
        var random = SeededGenerator(seed: 2)
        let history = ViewFixture.history(requests: 20, using: &random)
        let zombie = try fixture.writer()
        let successor = try fixture.writer()
        try successor.apply(ViewFixture.batch(history))
        let before = try fixture.dump()
        let other = ViewFixture.progress(RequestID(at: ViewFixture.epoch), [])
        #expect(throws: ViewError.fenced(topic: ViewFixture.topic, partition: 0, expected: 0)) {
            try zombie.apply(ViewFixture.batch([other]))
        }
        #expect(try fixture.dump() == before)
        try successor.apply(ViewFixture.batch([other], from: Int64(history.count)))
    }

    @Test func aFullFileLosesNothing() throws {
        var random = SeededGenerator(seed: 3)
        let history = ViewFixture.history(requests: 2_000, using: &random)
        var options = Connection.Options()
        options.bytesMax = 120_000
        let limited = try fixture.writer(options: options)
        var offset = 0
        let error = #expect(throws: StorageError.self) {
            while offset < history.count {
                let next = Array(history[offset..<min(offset + 100, history.count)])
                try limited.apply(ViewFixture.batch(next, from: Int64(offset)))
                offset += next.count
            }
        }
        guard case .full = error else {
            Issue.record("expected a full file, not \(String(describing: error))")
            return
        }
        #expect(limited.nextOffset(of: Self.partition) == Int64(offset))
        // Where there is space again, the batch that failed goes in as it was.
        let writer = try fixture.writer()
        #expect(writer.nextOffset(of: Self.partition) == Int64(offset))
        try writer.apply(ViewFixture.batch(Array(history[offset...]), from: Int64(offset)))
        let whole = fixture.directory.file("whole.sqlite")
        try fixture.writer(path: whole).apply(ViewFixture.batch(history))
        #expect(try fixture.dump() == fixture.dump(whole))
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
        let connection = try Connection(path: fixture.path, access: .read)
        #expect(try connection.integer("SELECT count(*) FROM failures") == 0)
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

    @Test func aViewOfTheFirstSchemaIsTakenOver() throws {
        var random = SeededGenerator(seed: 9)
        let history = ViewFixture.history(requests: 50, using: &random).map { progress in
            // What the first schema could not hold.
            var progress = progress
            progress.failure = nil
            for index in progress.edges.indices { progress.edges[index].objects = nil }
            return progress
        }
        let old = fixture.directory.file("old.sqlite")
        try FirstSchema.write(folded(history).values.sorted { $0.id < $1.id }, to: old)
        let writer = try fixture.writer(path: old)
        #expect(writer.nextOffset(of: Self.partition) == 7)
        var records: [RequestID: StatusRecord] = [:]
        try ViewReader(path: old).forEachRecord { records[$0.id] = $0 }
        #expect(records == folded(history))
        // It goes on as any other.
        let more = ViewFixture.history(requests: 50, using: &random)
        try writer.apply(ViewFixture.batch(more, from: 7))
        let counts = try ViewReader(path: old).counts()
        #expect(counts.values.reduce(0, +) == folded(history + more).count)
    }

    @Test func aViewOfTheSecondSchemaGoesOnWithItsRows() throws {
        let old = fixture.directory.file("old.sqlite")
        let failure = EdgeFailure(failureClass: "permanent", message: "401", attempts: 3)
        let request = ViewFixture.progress(
            RequestID(at: ViewFixture.epoch), [Progress.Edge("a", .dead, failure: failure)])
        try SecondSchema.write(request, caughtUpAt: ViewFixture.epoch, to: old)
        let writer = try fixture.writer(path: old)
        let reader = ViewReader(path: old)
        #expect(try reader.lookup(request.id, now: ViewFixture.epoch) == .found(StatusRecord(request)))
        // Progress goes on where it was, and the other topics are read from their beginning.
        #expect(writer.nextOffset(of: Self.partition) == 5)
        #expect(writer.nextOffset(of: TopicPartition(ViewFixture.topics[1], 0)) == 0)
        #expect(try reader.watermark() == nil)
        try writer.apply(ViewFixture.batch([ViewFixture.deadLetter(request.id, ["a"])]))
        #expect(try reader.deadLetters(DeadLetterQuery()).deadLetters.map(\.openEdges) == [["a"]])
        let redriven = ViewFixture.progress(request.id, [Progress.Edge("a", .purged)], generation: 1)
        try writer.apply(ViewFixture.batch([redriven], from: 5))
        #expect(try reader.deadLetters(DeadLetterQuery()).deadLetters.isEmpty)
        let record = StatusFold.apply(redriven, to: StatusRecord(request))
        #expect(record.earlier.map(\.failure) == [failure])
        #expect(try reader.lookup(request.id, now: ViewFixture.epoch) == .found(record))
        #expect(try reader.counts()[.completed] == 1)
    }

    @Test func listsOfEdgesThatNobodyUsesAreRemovedOnceThereAreMany() throws {
        let writer = try fixture.writer()
        let progress = (0..<1_200).map { index in
            ViewFixture.progress(RequestID(at: ViewFixture.epoch), [Progress.Edge("edge-\(index)", .purged)])
        }
        try writer.apply(ViewFixture.batch(progress))
        let connection = try Connection(path: fixture.path, access: .read)
        #expect(try writer.removeExpired(before: ViewFixture.horizons(ViewFixture.epoch + 1), max: 1_100) == 1_100)
        #expect(try connection.integer("SELECT count(*) FROM edge_lists") == 100)
        // Lists that were dropped come back under new ids.
        try writer.apply(ViewFixture.batch(progress, from: 1_200))
        var names: Set<String> = []
        try fixture.reader.forEachRecord { names.formUnion($0.edges) }
        #expect(names.count == 1_200)
    }

    @Test func aTopicWithFewerPartitionsIsAnother() throws {
        _ = try fixture.writer(partitions: 4)
        #expect(throws: ViewError.fewerPartitions(topic: TopicName.dead, known: 4, found: 2)) {
            try fixture.writer(partitions: 2)
        }
        #expect(try fixture.writer(partitions: 6).nextOffsets.count == 31)
    }

    @Test func aFileThatIsNoViewIsRefused() throws {
        try Data("this is no database, and it is long enough to be one; \(String(repeating: "x", count: 500))".utf8)
            .write(to: URL(fileURLWithPath: fixture.path))
        let error = #expect(throws: StorageError.self) { try fixture.writer() }
        guard case .corrupt = error else {
            Issue.record("expected a damaged file, not \(String(describing: error))")
            return
        }
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
