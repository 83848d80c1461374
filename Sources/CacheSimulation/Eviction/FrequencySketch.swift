/// Counts of how often hashes came: four rows of 4-bit counters, halved now and then.
struct FrequencySketch {
    private var words: [UInt64] = [UInt64](repeating: 0, count: 64)
    private var additions = 0

    /// A word for each slot; to grow forgets the counts.
    mutating func ensureCapacity(_ slots: Int) {
        guard slots > words.count else { return }
        words = [UInt64](repeating: 0, count: words.count * 2)
        additions = 0
    }

    mutating func add(_ hash: UInt64) {
        var isChanged = false
        for row in 0..<4 {
            let (word, shift) = counter(hash, row)
            guard words[word] >> shift & 15 < 15 else { continue }
            words[word] += 1 << shift
            isChanged = true
        }
        guard isChanged else { return }
        additions += 1
        guard additions >= 10 * words.count else { return }
        for word in words.indices { words[word] = words[word] >> 1 & 0x7777_7777_7777_7777 }
        additions /= 2
    }

    func count(_ hash: UInt64) -> UInt64 {
        (0..<4).map { row in
            let (word, shift) = counter(hash, row)
            return words[word] >> shift & 15
        }.min() ?? 0
    }

    private func counter(_ hash: UInt64, _ row: Int) -> (word: Int, shift: UInt64) {
        let seeds: [4 of UInt64] = [
            0xC3A5_C85C_97CB_3127, 0xB492_B66F_BE98_F273, 0x9AE1_6A3B_2F90_404F, 0xCBF2_9CE4_8422_2325,
        ]
        var mixed = (hash &+ seeds[row]) &* seeds[row]
        mixed ^= mixed >> 32
        return (Int(truncatingIfNeeded: mixed >> 4) & (words.count - 1), UInt64(row) * 16 + (mixed & 3) * 4)
    }
}
