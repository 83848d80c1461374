import Invalidations
import TestSupport
import Testing

/// Health of one edge: what proves it, what breaks it, and how long it has been down.
struct EdgeHealthTests {
    private static let part = PartKey(record: PoolKey(slot: 3, generation: 1), target: 0)

    private static let outages: [(deferredAt: [Int64], outage: Int64)] = [
        ([], 20_000),
        ([25], 20_000),
        ([5], 25_000),
        ([7, 4, 6], 26_000),
        ([0], 20_000),
        ([-100], 20_000),
    ]

    private static func instant(_ seconds: Int64) -> Instant {
        Instant(monotonic: seconds * 1_000_000_000, wall: Timestamp(milliseconds: 1_000_000 + seconds * 1_000))
    }

    private static func wall(_ seconds: Int64) -> Timestamp { instant(seconds).wall }

    /// An edge that was proven at 0 and is down since 10.
    private static func down() -> EdgeHealth {
        var random = SeededGenerator(seed: 1)
        var health = EdgeHealth(BreakerPolicy())
        _ = health.recordSuccess(isProbe: false, now: instant(0))
        _ = health.trip(now: instant(10).monotonic, using: &random)
        return health
    }

    @Test func theFirstSuccessProvesAnEdge() {
        var health = EdgeHealth(BreakerPolicy())
        #expect(health.state == .unproven && health.upSince == nil)
        #expect(health.recordSuccess(isProbe: false, now: Self.instant(5)) == .proven)
        #expect(health.recordSuccess(isProbe: false, now: Self.instant(6)) == .nothingNew)
        #expect(health.upSince == Self.wall(5), "it is known to purge since the first one")
        health.acceptMore(at: Self.wall(7))
        #expect(health.upSince == Self.wall(7), "what it takes again need not wait either")
    }

    @Test func onlyTheProbeClosesTheBreaker() {
        var health = Self.down()
        #expect(health.recordSuccess(isProbe: false, now: Self.instant(11)) == .nothingNew)
        #expect(health.letProbePass(now: Self.instant(10).monotonic) == false, "its pause is not over")
        #expect(health.letProbePass(now: Self.instant(20).monotonic) == true)
        #expect(health.letProbePass(now: Self.instant(20).monotonic) == false, "it is half open already")
        health.setProbe(Self.part)
        #expect(health.probe == Self.part)
        #expect(health.recordSuccess(isProbe: false, now: Self.instant(21)) == .nothingNew, "sent before it was down")
        #expect(health.recordSuccess(isProbe: true, now: Self.instant(22)) == .closed)
        #expect(health.state == .up(since: Self.wall(22)) && health.probe == nil)
    }

    @Test func aFailedProbeKeepsTheBeginOfTheOutage() {
        var random = SeededGenerator(seed: 2)
        var health = Self.down()
        #expect(health.letProbePass(now: Self.instant(20).monotonic) == true)
        health.setProbe(Self.part)
        _ = health.trip(now: Self.instant(21).monotonic, using: &random)
        #expect(health.state == .down(since: Self.instant(10).monotonic, probe: nil))
        #expect(health.outage(now: Self.instant(40)) == 30_000)
    }

    @Test func aFailureThatWasUnderWayIsOldNews() {
        let health = Self.down()
        #expect(health.isOldNews(isProof: false) && !health.isOldNews(isProof: true))
        #expect(!EdgeHealth(BreakerPolicy()).isOldNews(isProof: false))
    }

    /// Retry records of an open breaker tell of an earlier outage, unless the edge has recovered since.
    @Test(arguments: outages)
    func retryRecordsTellHowLongTheEdgeIsDown(_ row: (deferredAt: [Int64], outage: Int64)) {
        var health = Self.down()
        #expect(EdgeHealth(BreakerPolicy()).outage(now: Self.instant(30)) == nil)
        for time in row.deferredAt { health.recordOutage(at: Self.wall(time)) }
        #expect(health.outage(now: Self.instant(30)) == row.outage)
    }

    @Test func theNextOutageBeginsAnew() {
        var random = SeededGenerator(seed: 3)
        var health = Self.down()
        health.recordOutage(at: Self.wall(5))
        _ = health.letProbePass(now: Self.instant(20).monotonic)
        #expect(health.recordSuccess(isProbe: true, now: Self.instant(21)) == .closed)
        #expect(health.outage(now: Self.instant(22)) == nil)
        _ = health.trip(now: Self.instant(30).monotonic, using: &random)
        #expect(health.outage(now: Self.instant(31)) == 1_000)
    }

    /// What waited when the edge recovered is deferred a moment later: it tells of no outage to come.
    @Test func whatWasDeferredBeforeTheEdgeWasLastWellIsForgotten() {
        var random = SeededGenerator(seed: 4)
        var health = Self.down()
        _ = health.letProbePass(now: Self.instant(20).monotonic)
        #expect(health.recordSuccess(isProbe: true, now: Self.instant(21)) == .closed)
        health.recordOutage(at: Self.wall(22))
        #expect(health.recordSuccess(isProbe: false, now: Self.instant(25)) == .nothingNew)
        _ = health.trip(now: Self.instant(70).monotonic, using: &random)
        #expect(health.outage(now: Self.instant(71)) == 1_000)
    }

    /// Whatever happens, it is down exactly while its breaker is not closed, and a probe stands for a half-open one.
    @Test func theStateAgreesWithTheBreaker() {
        var random = SeededGenerator.printed("edge health")
        var health = EdgeHealth(BreakerPolicy())
        var downSince: Int64?
        for step in 1...5_000 as ClosedRange<Int64> {
            let now = Self.instant(step)
            let before = health.state
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                _ = health.trip(now: now.monotonic, using: &random)
                downSince = downSince ?? now.monotonic
            case 1: _ = health.letProbePass(now: now.monotonic)
            case 2: if health.breaker.state == .halfOpen { health.setProbe(Self.part) }
            case 3: if health.breaker.isClosed { health.acceptMore(at: now.wall) }
            case 4: health.passCheck()
            default:
                let isClosing = health.breaker.state == .halfOpen
                let recovery = health.recordSuccess(isProbe: isClosing, now: now)
                #expect((recovery == .closed) == isClosing, "seed \(random.seed)")
                #expect((recovery == .proven) == (before == .unproven), "seed \(random.seed)")
                if isClosing { downSince = nil }
            }
            if case .down(let since, let probe) = health.state {
                #expect(!health.breaker.isClosed && since == downSince, "seed \(random.seed)")
                #expect(probe == nil || health.breaker.state == .halfOpen, "seed \(random.seed)")
            } else {
                #expect(health.breaker.isClosed && downSince == nil, "seed \(random.seed)")
            }
        }
    }
}
