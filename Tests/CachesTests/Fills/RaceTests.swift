import CacheSimulation
import Testing

/// Seeded races of fills and invalidations: no reader gets what was invalidated before it came.
struct RaceTests {
    @Test func noSeedFindsAViolation() {
        for seed in UInt64(1)...2_000 {
            let violation = CacheSimulation.runStore(seed: seed)
            #expect(violation == nil, "seed \(seed): \(violation.map { "\($0.checker): \($0.text)" } ?? "")")
            guard violation == nil else { return }
        }
    }
}
