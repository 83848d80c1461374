import Basics
import Testing

/// Durations as whole numbers.
struct DurationUnitsTests {
    @Test(
        arguments: [
            (.zero, 0, 0), (.nanoseconds(1), 0, 1), (.nanoseconds(999_999), 0, 1), (.milliseconds(1), 1, 1),
            (.nanoseconds(1_000_001), 1, 2), (.milliseconds(-1), -1, -1), (.nanoseconds(-1), 0, 0),
            (.nanoseconds(-1_000_001), -1, -1), (.seconds(2) + .nanoseconds(1), 2_000, 2_001),
        ] as [(Duration, Int64, Int64)])
    func millisecondsAreRounded(_ duration: Duration, _ down: Int64, _ up: Int64) {
        #expect((duration.milliseconds, duration.millisecondsRoundedUp) == (down, up))
    }

    @Test func nanosecondsAndMicrosecondsAreRounded() {
        let duration = Duration(secondsComponent: 3, attosecondsComponent: 1_000_000_001)
        #expect((duration.nanoseconds, duration.nanosecondsRoundedUp) == (3_000_000_001, 3_000_000_002))
        #expect((duration.microseconds, duration.microsecondsRoundedUp) == (3_000_000, 3_000_001))
        #expect(Duration.milliseconds(1_250).secondsAndFraction == 1.25)
    }

    @Test(arguments: [Int64.max, 9_223_372_037, .min, -9_223_372_037])
    func whatIsTooLongStaysAtTheBound(_ seconds: Int64) {
        #expect(Duration.seconds(seconds).nanoseconds == (seconds > 0 ? .max : .min))
        #expect(Duration.seconds(seconds).nanosecondsRoundedUp == (seconds > 0 ? .max : .min))
    }

    /// The seconds fit, and with their fraction they do not.
    @Test func theFractionOverflowsToo() {
        let duration = Duration.seconds(9_223_372_036) + .milliseconds(900)
        #expect(duration.nanoseconds == .max)
        #expect((Duration.zero - duration).nanoseconds == .min)
    }
}
