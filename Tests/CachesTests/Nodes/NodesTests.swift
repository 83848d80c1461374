import CacheSimulation
import Foundation
import Testing

/// Seeded worlds of several nodes that take keys over from each other.
struct NodesTests {
    /// `CACHESYNC_TEST_SEEDS` takes fewer, or many more.
    private static let seeds =
        ProcessInfo.processInfo.environment["CACHESYNC_TEST_SEEDS"].flatMap { UInt64($0) } ?? 1_000

    @Test func noSeedFindsAViolation() {
        var counts = NodesCounts()
        let begin = ContinuousClock.now
        for seed in 1...max(1, Self.seeds) {
            let result = CacheSimulation.runNodes(seed: seed)
            counts = counts + result.counts
            #expect(
                result.violation == nil, "\(result.violation.map { "\($0.checker): \($0.text)" } ?? "")")
            guard result.violation == nil else { return }
        }
        print("\(Self.seeds) seeds in \(begin.duration(to: .now)): \(counts)")
        #expect(counts.acknowledged > 0 && counts.reads > 0 && counts.repetitions > 0)
        #expect(counts.readsOfEarlierOwners > 0 && counts.invalidations > 0)
    }
}
