import Invalidations
import TestSupport
import Testing
import Views

// Foundation has a type of that name, too.
import struct Invalidations.Progress

/// Rows of replays: found by id, in no list and in no count, and gone after a day.
@Suite(.everyViewStore)
struct ReplayRowTests {
    private let fixture: ViewFixture

    init() throws {
        fixture = try ViewFixture()
    }

    private func list(_ namespace: String? = nil) throws -> [RequestID] {
        try fixture.reader.list(StatusQuery(namespace: namespace.flatMap { Namespace($0) })).records.map(\.id)
    }

    @Test func replaysAreFoundByIDAlone() throws {
        let writer = try fixture.writer()
        let replay = ViewFixture.progress(RequestID(at: ViewFixture.epoch), [.init("a", .queued)], run: "run-1")
        let request = ViewFixture.progress(RequestID(at: ViewFixture.epoch), [.init("a", .purged)])
        try writer.apply(ViewFixture.batch([replay, request]))
        for namespace in [nil, "shop"] { #expect(try list(namespace) == [request.id]) }
        #expect(try fixture.reader.counts() == [.queued: 0, .processing: 0, .completed: 1, .failed: 0])
        let found = try fixture.reader.lookup(replay.id, now: ViewFixture.epoch)
        #expect(found == .found(StatusRecord(replay)))
        // It ends, and still is in no count.
        var end = replay
        end.edges = [.init("a", .purged)]
        try writer.apply(ViewFixture.batch([end], from: 2))
        #expect(try fixture.reader.counts()[.completed] == 1)
        #expect(try list() == [request.id])
    }

    @Test func aRedriveIsARowLikeAnyOther() throws {
        let id = RequestID(at: ViewFixture.epoch)
        try fixture.writer().apply(
            ViewFixture.batch([
                ViewFixture.progress(id, [.init("a", .dead)]),
                ViewFixture.progress(id, [.init("a", .purged)], generation: 1, run: "run-1"),
            ]))
        #expect(try list() == [id])
    }

    /// Heard of first as what it is not: as one more try of a request.
    @Test func aRowLeavesTheListsWhenItTurnsOutToBeAReplay() throws {
        let writer = try fixture.writer()
        let id = RequestID(at: ViewFixture.epoch)
        let redrive = ViewFixture.progress(id, [.init("a", .purged)], generation: 1, run: "run-2")
        let replay = ViewFixture.progress(id, [.init("a", .dead)], run: "run-1")
        try writer.apply(ViewFixture.batch([redrive]))
        #expect(try list() == [id])
        try writer.apply(ViewFixture.batch([replay], from: 1))
        #expect(try list().isEmpty)
        #expect(try fixture.reader.counts().values.allSatisfy { $0 == 0 })
        #expect(
            try fixture.reader.lookup(id, now: ViewFixture.epoch)
                == .found(StatusFold.join(StatusRecord(redrive), StatusRecord(replay))))
    }

    @Test func replaysThatHaveEndedAreRemovedOnTheirOwnTime() throws {
        let writer = try fixture.writer()
        let states: [(EdgeState, String?)] = [(.purged, "run-1"), (.dead, "run-1"), (.queued, "run-1"), (.purged, nil)]
        let rows = states.map { state, run in
            ViewFixture.progress(RequestID(at: ViewFixture.epoch), [.init("a", state)], run: run)
        }
        try writer.apply(ViewFixture.batch(rows))
        let later = ViewFixture.epoch + 1
        let horizons = ViewFixture.horizons(ViewFixture.epoch, replays: later)
        #expect(try writer.removeExpired(before: horizons, max: 10) == 2)
        var left: Set<RequestID> = []
        try fixture.reader.forEachRecord { left.insert($0.id) }
        #expect(left == [rows[2].id, rows[3].id])
        #expect(try writer.removeExpired(before: ViewFixture.horizons(later, silent: later), max: 10) == 2)
        #expect(try fixture.reader.counts().values.allSatisfy { $0 == 0 })
    }

    @Test func earlierTriesAreKeptAndGoWithTheirRow() throws {
        let writer = try fixture.writer()
        let id = RequestID(at: ViewFixture.epoch)
        let failure = EdgeFailure(failureClass: "permanent", message: "400", attempts: 2)
        var expected: StatusRecord?
        for generation in (0...7).shuffled() {
            var progress = ViewFixture.progress(
                id,
                [
                    .init("a", .dead, failure: generation % 2 == 0 ? failure : nil),
                    .init("b", .purged, objects: generation % 3 == 0 ? nil : 7),
                ], generation: UInt32(generation))
            progress.failure = RequestFailure(failureClass: "unroutable", message: "try \(generation)")
            try writer.apply(ViewFixture.batch([progress], from: Int64(generation)))
            expected = StatusFold.apply(progress, to: expected)
            #expect(try fixture.reader.lookup(id, now: ViewFixture.epoch) == .found(try #require(expected)))
        }
        #expect(expected?.earlier.count == 3 * StatusRecord.earlierMax)
        #expect(try writer.removeExpired(before: ViewFixture.horizons(ViewFixture.epoch + 1), max: 10) == 1)
        #expect(try fixture.rowCount("earlier_tries") == 0)
    }

    @Test func edgesOfARunAreCountedInAnyOrderAndHoweverOftenRecordsAreFolded() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let history = ViewFixture.history(requests: 200, using: &random).map { progress in
            var progress = progress
            let run = progress.id.low % 4
            progress.run = run == 0 ? nil : "run-\(run)"
            return progress
        }
        try fixture.foldTwice(history, using: &random)
        let records = folded(history).values
        for run in ["run-1", "run-2", "run-3"] {
            var states: [String: [EdgeState: Int64]] = [:]
            for record in records where record.run == run {
                for (edge, cell) in zip(record.edges, record.cells) {
                    states[edge, default: [:]][cell.state, default: 0] += 1
                }
            }
            let expected = states.sorted { $0.key < $1.key }.map { RunEdge(edge: $0.key, states: $0.value) }
            #expect(try fixture.reader.edges(ofRun: run) == expected && expected.count == 3)
        }
        #expect(try fixture.reader.edges(ofRun: "run-0").isEmpty)
    }

    @Test func edgesOfARunGoOnceNothingWasHeardOfAnyForLong() throws {
        let writer = try fixture.writer()
        let told: [(String, Int64)] = [("run-1", 0), ("run-2", 0), ("run-2", 5)]
        let rows = told.map { run, after in
            let at = ViewFixture.epoch + after
            return ViewFixture.progress(RequestID(at: at), [.init("edge-\(after)", .purged)], at: at, run: run)
        }
        try writer.apply(ViewFixture.batch(rows))
        _ = try writer.removeExpired(before: ViewFixture.horizons(ViewFixture.epoch + 1), max: 10)
        #expect(try fixture.reader.edges(ofRun: "run-1").isEmpty)
        #expect(try fixture.reader.edges(ofRun: "run-2").map(\.edge) == ["edge-0", "edge-5"])
        _ = try writer.removeExpired(before: ViewFixture.horizons(ViewFixture.epoch + 6), max: 10)
        #expect(try fixture.rowCount("run_edges") == 0)
    }
}
