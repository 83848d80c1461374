import Invalidations
import Kafka
import Replayer
import Replays
import Testing
import TopicCatalogue

/// When a run is planned first, and when it must not begin.
struct RunStartTests {
    private static let now = Timestamp(milliseconds: 1_764_240_000_000)

    private func run(
        _ wanted: RunOrder.Wanted, expect: Int64? = nil, planned: Int64? = nil, age: Int64 = 0, hasBegun: Bool = false
    ) -> RunTable.Run {
        let range = LogRange(TopicPartition(TopicName.dead, 0), from: 0, to: 9)
        var order = RunOrder(
            kind: .redrive, spec: RunSpec([range]), who: "me", reason: "", wanted: wanted, at: Self.now)
        order.expect = expect
        var table = RunTable()
        table.fold(.order("r", order))
        if planned != nil || hasBegun {
            var state = RunState(
                epoch: 1, phase: hasBegun ? .running : .planned,
                position: hasBegun ? ["\(TopicName.dead)/0": RunState.Position(next: 0)] : [:], at: Self.now)
            if let planned {
                state.plan = PlanReport(at: Self.now + -age)
                state.plan?.counts.published = planned
            }
            table.fold(.state("r", state))
        }
        return table.runs["r"]!
    }

    @Test func aRunIsPlannedWhereSomebodyAsksOrSaysWhatIsExpected() {
        let cases: [(RunTable.Run, Bool)] = [
            (run(.planned), true), (run(.planned, planned: 3), false), (run(.running), false),
            (run(.running, expect: 3), true), (run(.running, expect: 3, planned: 3), false),
            (run(.running, expect: 3, planned: 3, age: 3_600_001), true),
            (run(.running, expect: 3, planned: 3, age: 3_600_001, hasBegun: true), false),
            (run(.running, expect: 3, hasBegun: true), false), (run(.paused), false), (run(.cancelled), false),
        ]
        for (index, (run, needsPlan)) in cases.enumerated() {
            #expect(RunStart.needsPlan(run, now: Self.now) == needsPlan, "case \(index)")
        }
    }

    @Test func anotherCountThanWasSeenIsRefused() throws {
        #expect(RunStart.refusal(of: run(.running, expect: 3, planned: 3)) == nil)
        #expect(RunStart.refusal(of: run(.running, planned: 3)) == nil)
        let refusal = try #require(RunStart.refusal(of: run(.running, expect: 3, planned: 4)))
        #expect(refusal.hasPrefix("4 records match, not 3"))
        #expect(RunStart.refusal(of: run(.running, expect: 3, planned: 4, hasBegun: true)) == nil)
    }
}
