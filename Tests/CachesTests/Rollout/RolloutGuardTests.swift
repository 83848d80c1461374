import Caches
import Testing

/// Bounds of a rollout, and samples that they are compared with.
struct RolloutGuardTests {
    private static func guards(_ change: (inout RolloutGuards) -> Void) -> RolloutGuards {
        var guards = RolloutGuards()
        change(&guards)
        return guards
    }

    private static func figures(_ change: (inout RolloutFigures) -> Void) -> RolloutFigures {
        var figures = RolloutFigures()
        change(&figures)
        return figures
    }

    private static let bad = figures {
        ($0.compared, $0.different, $0.calls, $0.errors, $0.latency) = (100, 50, 100, 50, .seconds(5))
    }

    @Test func withoutBoundsOnlyDeadLettersBreakThem() {
        #expect(RolloutGuards().fault(Self.bad) == nil)
        let dead = Self.figures { $0.dead = 1 }
        #expect(RolloutGuards().fault(dead) == "1 writes became dead letters")
        #expect(Self.guards { $0.allowsDead = true }.fault(dead) == nil)
    }

    @Test func eachBoundIsBrokenAboveItAlone() {
        #expect(Self.guards { $0.mismatchMax = 50 }.fault(Self.bad) == nil)
        #expect(Self.guards { $0.mismatchMax = 49.999 }.fault(Self.bad) == "50 of the last 100 comparisons differ")
        #expect(Self.guards { $0.errorsMax = 50 }.fault(Self.bad) == nil)
        #expect(Self.guards { $0.errorsMax = 49.999 }.fault(Self.bad) == "50 of the last 100 calls failed")
        #expect(Self.guards { $0.latencyMax = .seconds(5) }.fault(Self.bad) == nil)
        #expect(Self.guards { $0.latencyMax = .seconds(4) }.fault(Self.bad) == "the cache's p99 is 5.0 seconds")
    }

    @Test func fewSamplesSayNothing() {
        let guards = Self.guards {
            ($0.mismatchMax, $0.errorsMax, $0.latencyMax, $0.samplesMin) = (0, 0, .zero, 101)
        }
        #expect(guards.fault(Self.bad) == nil)
        #expect(guards.fault(RolloutFigures()) == nil)
    }

    @Test func theLastSamplesCount() {
        var samples = RecentSamples<Duration>(countMax: 100)
        #expect(samples.quantile(0.99) == nil && samples.newest(5).isEmpty)
        for number in 1...250 { samples.add(.seconds(number)) }
        #expect(samples.all.count == 100)
        #expect(samples.newest(2) == [.seconds(250), .seconds(249)])
        #expect(samples.quantile(0.5) == .seconds(201) && samples.quantile(0.99) == .seconds(250))
    }
}
