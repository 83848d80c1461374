import Invalidations
import Testing
import Views

/// Tests of how long a view keeps what.
struct ViewRetentionTests {
    @Test func eachKindHasItsOwnHorizon() {
        var retention = ViewRetention()
        retention.ended = .seconds(10)
        retention.open = .seconds(20)
        retention.replays = .seconds(30)
        retention.runs = .seconds(40)
        let horizons = retention.horizons(at: Timestamp(milliseconds: 100_000))
        #expect(horizons.ended.milliseconds == 90_000 && horizons.silent.milliseconds == 80_000)
        #expect(horizons.endedReplays.milliseconds == 70_000 && horizons.runs.milliseconds == 60_000)
        // More than the day that is told of.
        #expect(horizons.minutes.lowerBound.milliseconds == 100_000 - 90_000_000)
    }
}
