import Caches
import TestSupport
import Testing

/// Hash table, against a dictionary, with hashes that collide.
struct ProbeTableTests {
    @Test func itFindsWhatADictionaryHas() {
        var random = SeededGenerator.printed("probe table")
        for _ in 0..<50 {
            var table = ProbeTable()
            var model: [Int: UInt64] = [:]
            let spread = Int.random(in: 1...40, using: &random)
            for _ in 0..<500 {
                let number = Int.random(in: 0..<200, using: &random)
                if let hash = model[number] {
                    #expect(table.find(hash) { $0 == number } == number, "seed \(random.seed)")
                    table.remove(number, hash)
                    model[number] = nil
                    #expect(table.find(hash) { $0 == number } == nil, "seed \(random.seed)")
                } else {
                    let hash = UInt64(Int.random(in: 0..<spread, using: &random)) << 32
                    table.insert(number, hash)
                    model[number] = hash
                }
                #expect(table.count == model.count, "seed \(random.seed)")
            }
            for (number, hash) in model {
                #expect(table.find(hash) { $0 == number } == number, "seed \(random.seed)")
            }
        }
    }
}
