import Invalidations
import Kafka
import Replays
import Testing
import TopicCatalogue

/// Orders and states on the control topic, and who wins of several.
struct ControlRecordTests {
    private static let time = Timestamp(milliseconds: 1_764_240_000_123)

    private func order(_ wanted: RunOrder.Wanted = .running, version: UInt32 = 1) -> RunOrder {
        var spec = RunSpec([LogRange(TopicPartition(TopicName.dead, 3), from: 5, to: 90)])
        spec.namespaces = ["shop-*"]
        spec.rate = 12.5
        return RunOrder(
            version: version, kind: .redrive, spec: spec, who: "anna@host", reason: "late is back", wanted: wanted,
            at: Self.time)
    }

    private func read(_ record: ControlRecord) throws -> ControlRecord {
        try Array(record.key.utf8).withUnsafeBytes { key in
            try record.value().withUnsafeBytes { value in try ControlRecord(key: key, value: value) }
        }
    }

    private func read(_ key: String, _ value: String) throws -> ControlRecord {
        try Array(key.utf8).withUnsafeBytes { key in
            try Array(value.utf8).withUnsafeBytes { value in try ControlRecord(key: key, value: value) }
        }
    }

    @Test func whatIsWrittenIsRead() throws {
        let written = ControlRecord.order("run-1", order())
        #expect(try read(written) == written)
        let state = RunState(
            epoch: 3, phase: .paused, position: ["cachesync.dead/3": .init(next: 7, target: 9)], reason: "why",
            at: Self.time)
        #expect(try read(.state("run-1", state)) == .state("run-1", state))
        #expect(order().spec.ranges == [LogRange(TopicPartition(TopicName.dead, 3), from: 5, to: 90)])
    }

    @Test(arguments: [
        ("run/1/other", "{}"), ("run/a b/order", "{}"), ("order", "{}"), ("run/1/order", ""), ("run/1/order", "[]"),
        ("run/1/order", #"{"version":0}"#), ("run/1/state", #"{"epoch":-1}"#),
    ])
    func rubbishIsRefused(key: String, value: String) {
        #expect(throws: RunError.self) { try read(key, value) }
    }

    @Test func anImpossibleRangeIsRefused() {
        var order = order()
        order.spec.until["cachesync.dead/3"] = 4
        #expect(throws: RunError.self) { try order.validate() }
        order.spec.from = ["cachesync.progress/0": 0]
        order.spec.until = ["cachesync.progress/0": 1]
        #expect(throws: RunError.self) { try order.validate() }
        order = self.order()
        order.spec.rate = 0
        #expect(throws: RunError.self) { try order.validate() }
    }

    @Test func anImpossibleStateIsRefused() throws {
        var counts = RunState.Counts()
        counts.published = .max
        let state = RunState(epoch: 1, phase: .running, position: [:], counts: counts, at: Self.time)
        #expect(throws: RunError.self) { try read(.state("run-1", state)) }
        let negative = RunState(
            epoch: 1, phase: .running, position: ["cachesync.dead/3": .init(next: -1)], at: Self.time)
        #expect(throws: RunError.self) { try read(.state("run-1", negative)) }
    }

    @Test func theHighestVersionAndTheLatestStateCount() throws {
        var table = RunTable()
        table.fold(.order("a", order(.paused, version: 2)))
        table.fold(.order("a", order(.running, version: 1)))
        #expect(table.runs["a"]?.phase == .paused)
        table.fold(.state("a", RunState(epoch: 2, phase: .published, position: [:], at: Self.time)))
        table.fold(.state("a", RunState(epoch: 1, phase: .running, position: [:], at: Self.time + 5)))
        #expect(table.runs["a"]?.state?.phase == .published)
        table.fold(.state("a", RunState(epoch: 2, phase: .done, position: [:], at: Self.time + 6)))
        #expect(table.runs["a"]?.phase == .done)
    }

    @Test func aCancelledRunStaysCancelled() throws {
        let cancelled = try order().changed(to: .cancelled, by: "bert", reason: "", at: Self.time)
        #expect(cancelled.version == 2)
        #expect(throws: RunError.self) {
            try cancelled.changed(to: .running, by: "bert", reason: "", at: Self.time)
        }
        #expect(throws: RunError.self) { try order().changed(to: .planned, by: "bert", reason: "", at: Self.time) }
    }
}
