import Invalidations
import Kafka
import TestSupport
import Testing
import TopicCatalogue
import Views

// Foundation has a type of that name, too.
import struct Invalidations.Progress

/// Tests of the counts of minutes, on every kind of database.
@Suite(.everyViewStore)
struct MinuteCountTests {
    private static let minute: Int64 = 60_000
    private static let start = Timestamp(milliseconds: 1_795_000_020_000)
    private let fixture: ViewFixture
    private let shop = Namespace("shop") ?? .default

    init() throws { fixture = try ViewFixture() }

    @Test func theyFollowFromTheRowsInAnyOrderAndHoweverOftenRecordsAreFolded() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let history = ViewFixture.history(requests: 200, using: &random).map { progress in
            var progress = progress
            progress.at = Self.start + Int64.random(in: 0..<30, using: &random) * Self.minute + 1
            return progress
        }
        try fixture.foldTwice(history, using: &random)
        let records = Array(folded(history).values)
        #expect(try minutes(nil) == expected(records))
        for name in ["ns-0", "ns-3"] {
            let namespace = try #require(Namespace(name))
            #expect(try minutes(namespace) == expected(records.filter { $0.namespace == namespace }))
        }
        #expect(try minutes(Namespace("nobody")).isEmpty)
        let sums = try fixture.reader.namespaces(MinuteQuery(since: Self.start), now: Self.start + 40 * Self.minute)
        let lines = Dictionary(grouping: records, by: \.namespace).mapValues { expected($0) }
        #expect(Set(sums.namespaces.map(\.namespace)) == Set(lines.keys) && sums.isComplete)
        for sum in sums.namespaces {
            let ofNamespace = try #require(lines[sum.namespace])
            #expect(sum.published == ofNamespace.reduce(0) { $0 + $1.published })
            #expect(sum.completed == ofNamespace.reduce(0) { $0 + $1.completed })
            #expect(sum.failed == ofNamespace.reduce(0) { $0 + $1.failed })
        }
        #expect(sums.namespaces.map(\.published) == sums.namespaces.map(\.published).sorted(by: >))
    }

    @Test func aRequestIsCountedWhereItWasHeardOfFirstAndWhereItEndedLast() throws {
        let writer = try fixture.writer()
        let id = RequestID(at: Self.start)
        let failure = EdgeFailure(failureClass: "exhausted", message: "503", attempts: 3)
        try writer.apply(ViewFixture.batch(publications: [ViewFixture.publication(id, at: Self.start)]))
        #expect(try minutes(shop) == [Line(0, published: 1)])
        let dead = ViewFixture.progress(
            id, [Progress.Edge("a", .dead, failure: failure)], at: Self.start + 2 * Self.minute)
        try writer.apply(ViewFixture.batch([dead]))
        #expect(try minutes(shop) == [Line(2, failed: 1), Line(0, published: 1)])
        // A redrive opens it again, and ends it elsewhere.
        let redriven = ViewFixture.progress(
            id, [Progress.Edge("a", .sending)], at: Self.start + 3 * Self.minute, generation: 1, run: "run")
        try writer.apply(ViewFixture.batch([redriven], from: 1))
        #expect(try minutes(shop) == [Line(0, published: 1)])
        let purged = ViewFixture.progress(
            id, [Progress.Edge("a", .purged)], at: Self.start + 4 * Self.minute, generation: 1, run: "run")
        try writer.apply(ViewFixture.batch([purged], from: 2))
        #expect(try minutes(shop) == [Line(4, completed: 1), Line(0, published: 1)])
        #expect(try minutes(nil) == minutes(shop))
        // Rows of replays count as little as in lists.
        let replay = ViewFixture.progress(
            RequestID(at: Self.start), [Progress.Edge("a", .purged)], at: Self.start, run: "run")
        try writer.apply(ViewFixture.batch([replay], from: 3))
        #expect(try minutes(nil) == minutes(shop))
        // What goes after its time was counted all the same.
        _ = try writer.removeExpired(before: ViewFixture.horizons(Self.start + 10 * Self.minute), max: 10)
        #expect(try fixture.rowCount("requests") == 0)
        #expect(try minutes(shop) == [Line(4, completed: 1), Line(0, published: 1)])
    }

    @Test func theLastHourIsToldOrWhatIsAskedForAndNeverMoreThanADay() throws {
        let writer = try fixture.writer()
        let requests = (0..<1_500).map { index in
            ViewFixture.progress(
                RequestID(at: Self.start), [Progress.Edge("a", .queued)], at: Self.start + index * Self.minute)
        }
        try writer.apply(ViewFixture.batch(requests))
        let now = Self.start + 1_499 * Self.minute + 30_000
        func told(_ query: MinuteQuery) throws -> [Int64] {
            try fixture.reader.minutes(query, now: now).minutes.map {
                ($0.minute.milliseconds - Self.start.milliseconds) / Self.minute
            }
        }
        #expect(try told(MinuteQuery()) == (1_440...1_499).reversed())
        let (since, until) = (Self.start + 1_000 * Self.minute, Self.start + 1_003 * Self.minute)
        #expect(try told(MinuteQuery(since: since, until: until)) == [1_002, 1_001, 1_000])
        #expect(try told(MinuteQuery(since: since + 1, until: until + 1)) == [1_003, 1_002, 1_001])
        #expect(try told(MinuteQuery(until: until)) == (943...1_002).reversed())
        #expect(try told(MinuteQuery(since: Self.start)) == (60...1_499).reversed())
        #expect(try told(MinuteQuery(since: until, until: since)).isEmpty)
        #expect(try told(MinuteQuery(until: Timestamp(milliseconds: .min))).isEmpty)
    }

    @Test func minutesGoAfterTheirTimeAFewAtOnce() throws {
        let writer = try fixture.writer()
        let requests = (0..<10).map { index in
            ViewFixture.progress(
                RequestID(at: Self.start), [Progress.Edge("a", .queued)], at: Self.start + index * Self.minute)
        }
        try writer.apply(ViewFixture.batch(requests))
        let horizons = ViewFixture.horizons(
            Self.start, minutes: Self.start + 4 * Self.minute...Self.start + 8 * Self.minute)
        // Each minute has a row of its namespace and one of all: four minutes are over, and one is yet to come.
        #expect(try writer.removeExpired(before: horizons, max: 7) == 7)
        #expect(try writer.removeExpired(before: horizons, max: 7) == 3)
        #expect(try writer.removeExpired(before: horizons, max: 7) == 0)
        #expect(try minutes(nil) == (4...8).reversed().map { Line($0, published: 1) })
        // What a row takes back from a minute that is gone is told to nobody, and goes with the next ones.
        let first = StatusRecord(requests[0])
        let earlier = ViewFixture.progress(
            first.id, [Progress.Edge("a", .queued)], at: Self.start + -1 * Self.minute)
        try writer.apply(ViewFixture.batch([earlier], from: 10))
        #expect(try minutes(nil).last == Line(-1, published: 1))
        #expect(try writer.removeExpired(before: horizons, max: 7) == 4)
        #expect(try fixture.rowCount("minutes") == 10)
    }

    /// Minute with its numbers, counted from the start.
    private struct Line: Equatable {
        let minute: Int64
        var published: Int64 = 0
        var completed: Int64 = 0
        var failed: Int64 = 0

        init(_ minute: Int64, published: Int64 = 0, completed: Int64 = 0, failed: Int64 = 0) {
            (self.minute, self.published, self.completed, self.failed) = (minute, published, completed, failed)
        }
    }

    /// What the view tells, the newest first.
    private func minutes(_ namespace: Namespace?) throws -> [Line] {
        let query = MinuteQuery(namespace: namespace, since: Self.start + -2 * Self.minute)
        return try fixture.reader.minutes(query, now: Self.start + 40 * Self.minute).minutes.map { counts in
            Line(
                (counts.minute.milliseconds - Self.start.milliseconds) / Self.minute, published: counts.published,
                completed: counts.completed, failed: counts.failed)
        }
    }

    private func expected(_ records: [StatusRecord]) -> [Line] {
        var lines: [Int64: Line] = [:]
        func number(_ time: Timestamp) -> Int64 { (time.milliseconds - Self.start.milliseconds) / Self.minute }
        for record in records {
            let (first, last) = (number(record.firstSeenAt), number(record.updatedAt))
            lines[first, default: Line(first)].published += 1
            if record.status == .completed { lines[last, default: Line(last)].completed += 1 }
            if record.status == .failed { lines[last, default: Line(last)].failed += 1 }
        }
        return lines.values.sorted { $0.minute > $1.minute }
    }
}
