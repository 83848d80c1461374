internal import Basics

/// The only source of chance in a run (SplitMix64). Parts of the world own a stream each, so that one more draw in one
/// of them leaves the others as they were.
struct SeededRandom: RandomNumberGenerator {
    private var generator: SplitMix64

    init(seed: UInt64, stream: UInt64 = 0) {
        generator = SplitMix64(state: seed &* 0x9E37_79B9_7F4A_7C15 ^ (stream &* 0xD1B5_4A32_D192_ED03))
        _ = next()
    }

    mutating func next() -> UInt64 { generator.next() }

    /// True so often in the long run.
    mutating func chance(_ probability: Double) -> Bool {
        probability > 0 && Double(next() >> 11) < probability * 0x1p53
    }

    mutating func int(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(below(UInt64(range.upperBound - range.lowerBound) + 1))
    }

    mutating func time(_ range: ClosedRange<SimulatedTime>) -> SimulatedTime {
        range.lowerBound + SimulatedTime(below(UInt64(range.upperBound - range.lowerBound) + 1))
    }

    mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[int(0...(choices.count - 1))]
    }

    /// A generator of its own for another part of the world.
    mutating func fork() -> SeededRandom {
        SeededRandom(seed: next())
    }

    private mutating func below(_ bound: UInt64) -> UInt64 {
        next().multipliedFullWidth(by: bound).high
    }
}
