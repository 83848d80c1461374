import Basics
import Testing

/// Backoff, clocks and the generator of numbers.
struct PauseAndChanceTests {
    @Test func pausesGrowToTheLongestAndBeginAgain() {
        var backoff = Backoff(first: .milliseconds(100), longest: .milliseconds(700))
        #expect((0..<5).map { _ in backoff.next() } == [100, 200, 400, 700, 700].map { .milliseconds($0) })
        backoff.reset()
        #expect((0..<2).map { _ in backoff.next() } == [.milliseconds(100), .milliseconds(200)])
    }

    /// The first numbers of the reference implementation for that seed.
    @Test func aSeedGivesTheNumbersOfSplitMix64() {
        var random = SplitMix64(state: 1_234_567)
        #expect(
            (0..<3).map { _ in random.next() }
                == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
    }

    @Test func theClocksGoOn() {
        let (wall, monotonic) = (SystemClocks.wallMilliseconds(), SystemClocks.monotonicNanoseconds())
        // 2020 and 2100: nobody runs this at another time.
        #expect((1_577_836_800_000..<4_102_444_800_000).contains(wall))
        #expect(SystemClocks.monotonicNanoseconds() >= monotonic && monotonic > 0)
    }
}
