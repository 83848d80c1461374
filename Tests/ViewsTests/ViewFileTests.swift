import Foundation
import Invalidations
import Kafka
import Replays
import Storage
import TestSupport
import Testing
import TopicCatalogue
import Views

// Foundation has a type of that name, too.
import struct Invalidations.Progress

/// Tests of views in files of SQLite alone: their locks, their space, their schemas of before.
struct ViewFileTests {
    private static let partition = TopicPartition(ViewFixture.topic, 0)
    private let fixture: ViewFixture

    init() throws {
        fixture = try ViewFixture()
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
        // Its minutes are those of a view that was made at once.
        let whole = fixture.directory.file("whole.sqlite")
        try fixture.writer(path: whole).apply(ViewFixture.batch(history + more))
        let minutes = try ViewReader(path: old).minutes(MinuteQuery(), now: ViewFixture.epoch).minutes
        #expect(!minutes.isEmpty)
        #expect(try ViewReader(path: whole).minutes(MinuteQuery(), now: ViewFixture.epoch).minutes == minutes)
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

    @Test func aFileThatIsNoViewIsRefused() throws {
        try Data("this is no database, and it is long enough to be one; \(String(repeating: "x", count: 500))".utf8)
            .write(to: URL(fileURLWithPath: fixture.path))
        let error = #expect(throws: StorageError.self) { try fixture.writer() }
        guard case .corrupt = error else {
            Issue.record("expected a damaged file, not \(String(describing: error))")
            return
        }
    }

    @Test func anotherFileRenamedOverTheViewIsNoticed() throws {
        let old = ViewFixture.progress(RequestID(at: ViewFixture.epoch), [Progress.Edge("a", .queued)])
        let new = ViewFixture.progress(RequestID(at: ViewFixture.epoch), [Progress.Edge("b", .purged)])
        try fixture.writer().apply(ViewFixture.batch([old]))
        let reader = fixture.reader
        let version = try reader.version()
        #expect(try reader.lookup(old.id, now: ViewFixture.epoch) == .found(StatusRecord(old)))

        let fresh = fixture.directory.file("fresh.sqlite")
        try fixture.writer(path: fresh).apply(ViewFixture.batch([new]))
        try DatabaseFile.replace(fixture.path, with: fresh)
        #expect(try reader.lookup(old.id, now: ViewFixture.epoch) == .notYetSeen)
        #expect(try reader.lookup(new.id, now: ViewFixture.epoch) == .found(StatusRecord(new)))
        #expect(try reader.version() != version)
    }

    @Test func listsReadOneRangeOfAnIndexForEachStatus() throws {
        _ = try fixture.writer()
        let connection = try Connection(path: fixture.path, access: .read)
        var plan = ""
        try connection.prepare(
            """
            EXPLAIN QUERY PLAN SELECT id FROM requests WHERE status = 1 AND listed_at >= 0
            AND (listed_at, id, namespace) < (9, x'00', 'a') ORDER BY listed_at DESC, id DESC, namespace DESC LIMIT 5
            """
        ).forEachRow { plan += $0.text(3) }
        #expect(plan.contains("requests_by_status (status=? AND listed_at>?"), "\(plan)")
        #expect(!plan.contains("TEMP B-TREE"), "\(plan)")
    }
}
