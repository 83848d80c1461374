import Runtime
import Synchronization
import TestSupport
import Testing

/// Tests of the stop signal.
@Suite(.timeLimit(.minutes(1)))
struct StopSignalTests {
    private final class Phases: Sendable {
        private let seen = Mutex<[StopSignal.Phase]>([])

        var all: [StopSignal.Phase] { seen.withLock { $0 } }

        func record(_ phase: StopSignal.Phase) { seen.withLock { $0.append(phase) } }
    }

    @Test func goesForwardOnlyAndTellsEachChangeOnce() {
        let (stop, phases, late) = (StopSignal(), Phases(), Phases())
        #expect(stop.phase == .running)
        stop.onChange(phases.record)
        stop.drain()
        stop.drain()
        stop.onChange(late.record)
        stop.stopNow()
        stop.drain()
        #expect(stop.phase == .stopping)
        #expect(phases.all == [.draining, .stopping])
        #expect(late.all == [.draining, .stopping])
    }

    @Test func aHandlerMayUseTheSignal() {
        let stop = StopSignal()
        stop.onChange { [unowned stop] _ in stop.stopNow() }
        stop.drain()
        #expect(stop.phase == .stopping)
    }

    @Test func waitingEndsWithThePhaseOrItsTime() throws {
        let stop = StopSignal()
        #expect(!stop.waitForPhase(.draining, timeout: .milliseconds(1)))
        try NamedThread.startThread("stopper") { stop.stopNow() }
        #expect(stop.waitForPhase(.draining))
        #expect(stop.waitForPhase(.stopping, timeout: .zero))
    }

    @Test func instancesHaveNamesOfTheirOwn() {
        let names = (0..<20).map { _ in InstanceName.make() }
        #expect(Set(names).count == 20)
        for name in names {
            #expect(name.count <= 64)
            #expect(name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
            #expect(name.split(separator: "-").count >= 3)
        }
    }
}
