import Invalidations
import Kafka
import Replays
import TestSupport
import Testing
import TopicCatalogue
import Views

/// Fold of the control topic: the runs that the view knows.
@Suite(.everyViewStore)
struct RunFoldTests {
    private static let control = TopicPartition(TopicName.control, 0)
    private let fixture: ViewFixture

    init() throws {
        fixture = try ViewFixture()
    }

    private static func order(_ version: UInt32, _ wanted: RunOrder.Wanted, at: Int64 = 0) -> RunOrder {
        RunOrder(
            version: version, kind: .redrive,
            spec: RunSpec([LogRange(TopicPartition(TopicName.dead, 3), from: 0, to: 9)]),
            who: "ops", reason: "a \"reason\"", wanted: wanted, at: ViewFixture.epoch + at)
    }

    private static func state(_ epoch: UInt32, _ phase: RunState.Phase, at: Int64) -> RunState {
        RunState(
            epoch: epoch, phase: phase, position: ["\(TopicName.dead)/3": .init(next: at)], at: ViewFixture.epoch + at)
    }

    private static func batch(_ records: [ControlRecord], from offset: Int64 = 0) -> ProjectionBatch {
        var batch = ProjectionBatch()
        for (index, record) in records.enumerated() {
            batch.add(record, from: control, offset: offset + Int64(index))
        }
        return batch
    }

    @Test func theNewestOrderAndStateCountHoweverTheyAreBatched() throws {
        let log: [ControlRecord] = [
            .order("run-1", Self.order(1, .planned)), .state("run-1", Self.state(1, .planned, at: 1)),
            .order("run-2", Self.order(1, .running)), .order("run-1", Self.order(3, .paused)),
            // Of two writers the one that comes late undoes nothing.
            .order("run-1", Self.order(2, .running)), .state("run-1", Self.state(2, .running, at: 5)),
            .state("run-1", Self.state(1, .running, at: 9)), .state("run-3", Self.state(1, .done, at: 2)),
        ]
        var expected = RunTable()
        for record in log { expected.fold(record) }
        for size in 1...log.count {
            let path = fixture.directory.file("view-\(size).sqlite")
            let writer = try fixture.writer(path: path)
            for start in stride(from: 0, to: log.count, by: size) {
                try writer.apply(
                    Self.batch(Array(log[start..<min(start + size, log.count)]), from: Int64(start)))
            }
            let reader = fixture.reader(path: path)
            #expect(try reader.runs(limit: 10) == expected.newest)
            #expect(try reader.run("run-1") == expected.runs["run-1"])
        }
        #expect(expected.runs["run-1"]?.order?.version == 3 && expected.runs["run-1"]?.state?.epoch == 2)
    }

    @Test func pagesOfRunsAreNewestFirst() throws {
        try fixture.writer().apply(Self.batch((0..<5).map { .order("run-\($0)", Self.order(1, .running)) }))
        let reader = fixture.reader
        #expect(try reader.runs(limit: 2).map(\.id) == ["run-4", "run-3"])
        #expect(try reader.runs(limit: 9, before: "run-3").map(\.id) == ["run-2", "run-1", "run-0"])
        #expect(try reader.run("run-9") == nil)
    }

    @Test func runsThatAreOverAreRemovedAfterTheirTime() throws {
        let writer = try fixture.writer()
        try writer.apply(
            Self.batch([
                .order("over", Self.order(1, .running)), .state("over", Self.state(1, .done, at: 3)),
                .order("cancelled", Self.order(2, .cancelled, at: 2)), .order("open", Self.order(1, .running)),
                .order("latest", Self.order(1, .running)), .state("latest", Self.state(1, .failed, at: 9)),
            ]))
        #expect(try writer.removeExpired(before: ViewFixture.horizons(ViewFixture.epoch + 4), max: 1) == 1)
        #expect(try writer.removeExpired(before: ViewFixture.horizons(ViewFixture.epoch + 4), max: 1) == 1)
        #expect(try fixture.reader.runs(limit: 10).map(\.id) == ["open", "latest"])
    }
}
