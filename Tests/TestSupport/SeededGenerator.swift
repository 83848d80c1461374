import Basics
import Foundation

/// A seeded generator (SplitMix64) for property loops.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    public let seed: UInt64
    private var generator: SplitMix64

    public init(seed: UInt64) {
        self.seed = seed
        generator = SplitMix64(state: seed)
    }

    /// Takes the seed from `CACHESYNC_TEST_SEED`, or a new one, and prints it.
    public static func printed(_ purpose: String) -> SeededGenerator {
        let given = ProcessInfo.processInfo.environment["CACHESYNC_TEST_SEED"].flatMap { UInt64($0) }
        let seed = given ?? .random(in: 0...UInt64.max)
        print("\(purpose): CACHESYNC_TEST_SEED=\(seed)")
        return SeededGenerator(seed: seed)
    }

    public mutating func next() -> UInt64 { generator.next() }
}
