import Invalidations
import TestSupport
import Testing

/// How far a run goes ahead of the workers, and how fast.
struct RunPaceTests {
    private static let second: Int64 = 1_000_000_000

    @Test func aWindowBoundsWhatIsAheadOfTheWorkers() {
        var pace = RunPace(rate: 1_000_000, window: 5, looksFirst: false)
        #expect(pace.allowance(now: 0) == 5)
        for offset in 0..<5 as Range<Int64> {
            pace.publish(now: 0)
            pace.store(partition: 1, offset: offset)
        }
        #expect(pace.allowance(now: 0) == 0)
        pace.commit(partition: 2, offset: 100)
        #expect(pace.allowance(now: 0) == 0)
        pace.commit(partition: 1, offset: 3)
        #expect(pace.aheadCount == 2)
        #expect(pace.allowance(now: 0) == 3)
    }

    @Test func aWindowThatIsEmptyIsNotFilledAtOnce() {
        var pace = RunPace(rate: nil, window: 100, looksFirst: false)
        #expect(pace.allowance(now: 0) == 2)
        for _ in 0..<2 { pace.publish(now: 0) }
        #expect(pace.allowance(now: Self.second / 200) == 0)
        #expect(pace.allowance(now: Self.second / 90) == 1)
        #expect(pace.allowance(now: 10 * Self.second) == 2)
    }

    @Test(arguments: [Double.leastNonzeroMagnitude, 1e-10, 1e-5])
    func aRateOfNextToNothingLetsOneRecordPass(_ rate: Double) {
        var pace = RunPace(rate: rate, window: 1_000, looksFirst: false)
        #expect(pace.allowance(now: Self.second) == 1)
        pace.publish(now: Self.second)
        #expect(pace.allowance(now: 3_600 * Self.second) == 0)
        pace.setRate(1_000)
        #expect(pace.allowance(now: 3_600 * Self.second) == 20)
    }

    @Test func theFirstRecordsAreLookedAtBeforeMoreFollow() {
        var pace = RunPace(rate: 1_000_000, window: 1_000, looksFirst: true)
        #expect(pace.allowance(now: 0) == 20)
        for offset in 0..<20 as Range<Int64> {
            pace.publish(now: 0)
            pace.store(partition: 0, offset: offset)
        }
        #expect(pace.allowance(now: 0) == 0)
        #expect(!pace.isWaitingForFirstLook)
        pace.commit(partition: 0, offset: 20)
        #expect(pace.isWaitingForFirstLook)
        #expect(pace.allowance(now: 0) == 0)
        pace.passFirstLook()
        #expect(pace.allowance(now: 0) == 1_000)
    }

    @Test func noMoreThanTheRatePasses() {
        var random = SeededGenerator.printed("run pace")
        let rate = Double(Int.random(in: 1...500, using: &random))
        var pace = RunPace(rate: rate, window: 1_000_000, looksFirst: false)
        var now: Int64 = 0
        var count = 0
        while now < 20 * Self.second {
            for _ in 0..<min(pace.allowance(now: now), Int.random(in: 0...50, using: &random)) {
                pace.publish(now: now)
                count += 1
            }
            now += Int64.random(in: 1...Self.second / 4, using: &random)
        }
        #expect(
            Double(count) <= rate * 20 + max(1, rate / 50) + 1, "\(count) at a rate of \(rate), seed \(random.seed)")
    }
}
