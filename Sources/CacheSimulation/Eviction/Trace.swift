internal import Basics

/// Seeded trace of requests to compare evictions with.
package struct Trace: Sendable {
    package enum Shape: Sendable {
        /// Popularity falls with the rank to this power.
        case zipf(Double)
        /// Zipf 1.0, and a fifth of the requests in long scans of keys that are asked for once.
        case scans
        /// Zipf 1.0, whose ranks move to other keys four times.
        case shifts
        /// Zipf 1.0, where half of the keys live for a short time only.
        case lifetimes
    }

    package let name: String
    package let shape: Shape
    package let keys: Int
    package let requests: Int

    package init(_ name: String, _ shape: Shape, keys: Int, requests: Int) {
        self.name = name
        self.shape = shape
        self.keys = keys
        self.requests = requests
    }

    /// Sizes spread from 200 bytes to 56 KiB, around 8 KiB; a key keeps its own.
    package static func size(_ key: Int) -> Int {
        var random = SplitMix64(state: UInt64(bitPattern: Int64(key)) &* 0x9E37_79B9)
        var size = 200.0
        for _ in 0..<4 { size *= 1 + 3.1 * Double(random.next() >> 11) * 0x1p-53 }
        return Int(size)
    }

    /// Bytes of all keys that it repeats.
    package var footprint: Int { (0..<keys).reduce(0) { $0 + Self.size($1) } }

    /// - Parameter body: gets each key, and the number of requests for which it stays fresh.
    package func run(seed: UInt64, _ body: (_ key: Int, _ lifetime: Int) -> Void) {
        var random = SplitMix64(state: seed)
        let exponent = if case .zipf(let exponent) = shape { exponent } else { 1.0 }
        let ranks = ZipfRanks(count: keys, exponent: exponent)
        var scanned = keys
        for request in 0..<requests {
            var key = ranks.next(&random)
            var lifetime = Int.max
            switch shape {
            case .zipf: break
            case .scans:
                // One scan in each fifth of a round of 50,000 requests.
                if request % 50_000 < 10_000 {
                    key = scanned
                    scanned += 1
                }
            case .shifts: key = (key + request * 5 / requests * (keys / 7)) % keys
            case .lifetimes: if key & 1 == 1 { lifetime = keys / 10 }
            }
            body(key, lifetime)
        }
    }
}
