import Invalidations
import TestSupport
import Testing

/// What one edge may be sent, when it is checked, and its timer.
struct EdgeRuntimeTests {
    private static let second: Int64 = 1_000_000_000

    private static func runtime() -> EdgeRuntime {
        EdgeRuntime(EdgeProfile(name: "e", concurrencyMax: 8), settings: WorkerSettings())
    }

    private static func instant(_ monotonic: Int64) -> Instant {
        Instant(monotonic: monotonic, wall: Timestamp(milliseconds: monotonic / 1_000_000))
    }

    @Test func whatAnEdgeAcceptsFollowsItsBreaker() {
        var random = SeededGenerator(seed: 1)
        var edge = Self.runtime()
        #expect(edge.admission(now: 0) == .upTo(8))
        edge.leaveAlone(for: .seconds(2), now: 0)
        #expect(edge.admission(now: Self.second) == .notBefore(2 * Self.second))
        #expect(edge.admission(now: 2 * Self.second) == .upTo(8))
        let until = edge.trip(now: 2 * Self.second, using: &random)
        #expect(edge.admission(now: until) == .nothing)
        #expect(edge.letProbePass(now: until) == true)
        #expect(edge.admission(now: until) == .upTo(1), "only the probe")
        #expect(edge.recordSuccess(isProbe: true, now: Self.instant(until)) == .closed)
        #expect(edge.admission(now: until) == .upTo(1), "an edge that is back gets one batch at a time first")
        #expect(edge.recordSuccess(isProbe: false, now: Self.instant(until)) == .nothingNew)
        #expect(edge.admission(now: until) == .upTo(2))
    }

    /// One namespace's URLs alone may be what is slow.
    @Test func failuresOfOneNamespaceKeepTheBatchesOfTheEdge() {
        var edge = Self.runtime()
        _ = edge.recordFailure(of: 1, startedAt: 0, now: 1)
        _ = edge.recordFailure(of: 1, startedAt: 1, now: 2)
        #expect(edge.admission(now: 2) == .upTo(8))
        _ = edge.recordFailure(of: 2, startedAt: 2, now: 3)
        #expect(edge.admission(now: 3) == .upTo(4))
    }

    @Test func aCheckWaitsForTheBreakerAndForTheThrottle() {
        var random = SeededGenerator(seed: 2)
        var edge = Self.runtime()
        #expect(edge.checkDueAt == nil, "nothing is in doubt")
        edge.leaveAlone(for: .seconds(3), now: 0)
        edge.requestCheck()
        #expect(edge.checkDueAt == 3 * Self.second)
        edge.beginCheck()
        #expect(edge.checkDueAt == nil, "one at a time")
        #expect(edge.passCheck(refused: [], now: 4 * Self.second) == false)
        let until = edge.trip(now: 10 * Self.second, using: &random)
        #expect(edge.checkDueAt == until)
        edge.beginCheck()
        let isOldNews = !edge.failCheck(now: until - 1)
        #expect(isOldNews, "it began before the breaker opened")
        #expect(edge.checkDueAt == until, "a failed one does not put it off: the breaker does")
    }

    @Test func delayedPartsAreABacklog() {
        var edge = Self.runtime()
        #expect(!edge.hasBacklog)
        edge.addDelayed()
        edge.addDelayed()
        edge.startDelayed()
        #expect(edge.hasBacklog && edge.delayed == 1)
        edge.removeDelayed()
        #expect(!edge.hasBacklog)
        edge.requestBacklogSearch()
        #expect(edge.hasBacklog, "some may wait on a retry topic")
    }

    @Test func partsWaitForCapacityInTheirOrder() {
        var edge = Self.runtime()
        let parts = (0..<3).map { PartKey(record: PoolKey(slot: $0, generation: 1), target: 0) }
        for part in parts { edge.waitForCapacity(part) }
        #expect(edge.waitingForCapacityCount == 3)
        #expect(parts.allSatisfy { edge.nextWaitingForCapacity() == $0 })
        #expect(edge.nextWaitingForCapacity() == nil)
    }

    @Test func aTimerIsSetOnlyWhereNoneIsDueSooner() {
        var edge = Self.runtime()
        let isSet = [10, 10, 12, 8].map { edge.setTimer($0) }
        #expect(isSet == [true, false, false, true])
        edge.timerCame(now: 7)
        #expect(edge.setTimer(9) == false, "that was another edge's, or an earlier one")
        edge.timerCame(now: 8)
        #expect(edge.setTimer(9) == true)
    }
}
