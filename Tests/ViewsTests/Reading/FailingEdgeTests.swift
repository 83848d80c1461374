import Invalidations
import TestSupport
import Testing
import Views

// Foundation has a type of that name, too.
import struct Invalidations.Progress

/// Tests of the edges at which requests fail, on every kind of database.
@Suite(.everyViewStore)
struct FailingEdgeTests {
    private let fixture: ViewFixture

    init() throws { fixture = try ViewFixture() }

    @Test func edgesAreCountedByTheRequestsThatFailThere() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let history = ViewFixture.history(requests: 1_200, using: &random)
        try fixture.writer().apply(ViewFixture.batch(history))
        let all = Array(folded(history).values)
        for namespace in [nil, Namespace("ns-1"), Namespace("nobody")] {
            for since in [nil, ViewFixture.epoch + 700] {
                let records = all.filter { record in
                    namespace.map { $0 == record.namespace } ?? true && record.listedAt >= since ?? record.listedAt
                }
                let found = try fixture.reader.failingEdges(FailingEdgesQuery(namespace: namespace, since: since))
                #expect(found.isComplete)
                #expect(found.edges.map(\.edge) == Self.order(records))
                for edge in found.edges {
                    #expect(edge.dead == Self.failures(records, edge.edge, .dead).count)
                    #expect(edge.deferred == Self.failures(records, edge.edge, .deferred).count)
                    let failing =
                        Self.failures(records, edge.edge, .dead) + Self.failures(records, edge.edge, .deferred)
                    let last = failing.max {
                        ($0.updatedAt, $0.id, $0.namespace.name) < ($1.updatedAt, $1.id, $1.namespace.name)
                    }
                    #expect(edge.last.request == last?.identity && edge.last.at == last?.updatedAt)
                    #expect(edge.last.failure == last?.failures[edge.edge])
                }
            }
        }
        #expect(try fixture.reader.failingEdges(FailingEdgesQuery(limit: 1)).edges.count == 1)
    }

    @Test func whatComesThroughFailsNoMoreAndReplaysDoNotCount() throws {
        let writer = try fixture.writer()
        let failure = EdgeFailure(failureClass: "transient", message: "503", attempts: 1)
        let (id, replay) = (RequestID(at: ViewFixture.epoch), RequestID(at: ViewFixture.epoch))
        try writer.apply(
            ViewFixture.batch([
                ViewFixture.progress(id, [Progress.Edge("a", .deferred, failure: failure)]),
                ViewFixture.progress(replay, [Progress.Edge("b", .dead, failure: failure)], run: "run"),
            ]))
        let failing = try fixture.reader.failingEdges(FailingEdgesQuery())
        #expect(failing.edges.map(\.edge) == ["a"] && failing.edges.first?.deferred == 1)
        try writer.apply(ViewFixture.batch([ViewFixture.progress(id, [Progress.Edge("a", .purged)])], from: 2))
        #expect(try fixture.reader.failingEdges(FailingEdgesQuery()).edges.isEmpty)
    }

    @Test func ofManyTheNewestAreCounted() throws {
        let failure = EdgeFailure(failureClass: "permanent", message: "401", attempts: 1)
        let requests = (0..<5_100).map { index in
            ViewFixture.progress(
                RequestID(at: ViewFixture.epoch),
                [Progress.Edge(index < 90 ? "old" : "new", .dead, failure: failure)],
                requestedAt: ViewFixture.epoch + Int64(index), at: ViewFixture.epoch + Int64(index))
        }
        try fixture.writer().apply(ViewFixture.batch(requests))
        let found = try fixture.reader.failingEdges(FailingEdgesQuery())
        #expect(!found.isComplete)
        #expect(found.edges.map(\.edge) == ["new"] && found.edges.first?.dead == 5_000)
        let late = try fixture.reader.failingEdges(FailingEdgesQuery(since: ViewFixture.epoch + 200))
        #expect(late.isComplete && late.edges.first?.dead == 4_900)
    }

    private static func failures(_ records: [StatusRecord], _ edge: String, _ state: EdgeState) -> [StatusRecord] {
        records.filter { $0.cell(of: edge)?.state == state && $0.failures[edge] != nil }
    }

    /// Those with the most requests first.
    private static func order(_ records: [StatusRecord]) -> [String] {
        var counts: [String: Int] = [:]
        for edge in ["edge-0", "edge-1", "edge-2"] {
            let count = failures(records, edge, .dead).count + failures(records, edge, .deferred).count
            if count > 0 { counts[edge] = count }
        }
        return counts.keys.sorted { a, b in counts[a] != counts[b] ? counts[a] ?? 0 > counts[b] ?? 0 : a < b }
    }
}
