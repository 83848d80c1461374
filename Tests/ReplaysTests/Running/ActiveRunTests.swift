import Invalidations
import Kafka
import Replays
import Testing
import TopicCatalogue

/// A run that is paused and resumed while its records are on their way.
struct ActiveRunTests {
    private static let source = TopicPartition(TopicName.normal, 0)
    private static let time = Timestamp(milliseconds: 0)

    /// One record, which the topic stores when the test says so.
    private final class Ports: RunInput, RunTarget, RunOutcomes {
        var knownCount: Int64 { 0 }
        var ends: [Int32: Int64] { [:] }
        var deliveries: [Delivery] = []
        var sent: [UInt64] = []
        var finished: Int64 = 0

        func prepare(_ counts: inout RunState.Counts) -> RunReading { RunReading(isComplete: true) }

        func read(
            max: Int, _ counts: inout RunState.Counts, _ publish: (RunPublication) throws -> Void
        ) throws -> RunReading {
            if sent.isEmpty {
                try publish(
                    RunPublication(
                        origin: RunOrigin(partition: ActiveRunTests.source, number: 0), key: nil, value: nil,
                        headers: [], identity: nil, generation: 0))
                counts.published += 1
            }
            return RunReading(isComplete: true)
        }

        func store(_ origin: RunOrigin, at position: Int64) {}
        func checkpoint() -> [String: RunState.Position] { [:] }
        func send(_ publication: RunPublication, token: UInt64) { sent.append(token) }

        func takeDeliveries(_ body: (Delivery) -> Void) {
            deliveries.forEach(body)
            deliveries = []
        }

        func finished(_ partitions: [Int32]) -> [Int32: Int64] { [0: finished] }
        func record(_ identity: RequestIdentity) -> StatusRecord? { nil }
        func close() {}
    }

    private let ports = Ports()
    private let run: ActiveRun
    private let order: RunOrder

    init() {
        var spec = RunSpec([LogRange(Self.source, from: 0, to: 1)])
        spec.window = 10
        order = RunOrder(
            kind: .replay, spec: spec, who: "operator", reason: "", wanted: .running, at: Self.time)
        run = ActiveRun(
            "run", order, earlier: nil, input: ports, target: ports, outcomes: ports, at: Self.time)
    }

    /// Steps as long as something is to be done at once, and a second longer.
    private func step(from now: Int64) throws {
        for number in 0..<10 { _ = try run.step(now: now + Int64(number) * 100_000_000) }
    }

    private func pauseAndResume() throws {
        let paused = try order.changed(to: .paused, by: "operator", reason: "", at: Self.time)
        run.follow(paused)
        #expect(run.state.phase == .paused)
        run.follow(try paused.changed(to: .running, by: "operator", reason: "", at: Self.time))
    }

    @Test func aResumedRunWaitsForWhatIsOnItsWay() throws {
        try step(from: 0)
        #expect(ports.sent.count == 1)
        try pauseAndResume()
        try step(from: 2_000_000_000)
        #expect(run.state.phase == .running)
        ports.deliveries = ports.sent.map { Delivery(token: $0, result: .stored(partition: 0, offset: 4)) }
        try step(from: 4_000_000_000)
        #expect(run.state.phase == .published)
        ports.finished = 5
        try step(from: 6_000_000_000)
        #expect(run.state.phase == .done)
        #expect(ports.sent.count == 1)
    }

    /// Else the run would be done, and its record nowhere.
    @Test func whatIsNotStoredAfterAPauseEndsTheOwner() throws {
        try step(from: 0)
        try pauseAndResume()
        try step(from: 2_000_000_000)
        ports.deliveries = ports.sent.map { Delivery(token: $0, result: .failed(.timedOut("a record"))) }
        #expect(throws: KafkaError.self) { try step(from: 4_000_000_000) }
        #expect(!run.state.phase.isOver)
    }

    @Test func aRunThatHasStoredAllIsPublishedWhenItIsResumed() throws {
        try step(from: 0)
        ports.deliveries = ports.sent.map { Delivery(token: $0, result: .stored(partition: 0, offset: 4)) }
        try step(from: 2_000_000_000)
        #expect(run.state.phase == .published)
        try pauseAndResume()
        #expect(run.state.phase == .published)
    }
}
