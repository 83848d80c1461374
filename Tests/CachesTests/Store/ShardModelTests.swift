import Caches
import TestSupport
import Testing

/// A shard against a dictionary: values, visibility and counts, step by step.
struct ShardModelTests {
    private struct Model {
        struct Entry {
            var value: String
            var tags: [String]
            var until: CacheTime
        }

        var entries: [String: Entry] = [:]

        mutating func remove(_ now: CacheTime, where matches: (String, Entry) -> Bool) -> Int {
            let gone = entries.filter { matches($0.key, $0.value) }
            for key in gone.keys { entries[key] = nil }
            return gone.values.count { now < $0.until }
        }
    }

    @Test func itDoesWhatADictionaryDoes() throws {
        var random = SeededGenerator.printed("shard and dictionary")
        for _ in 0..<60 {
            var fixture = ShardFixture(seed: random.next())
            var model = Model()
            let keys = (0..<Int.random(in: 1...40, using: &random)).map { "key \($0)" }
            let tags = (0..<6).map { String(repeating: "tag", count: 1 + $0 * 3) }
            for step in 0..<400 {
                let key = keys.randomElement(using: &random) ?? ""
                switch Int.random(in: 0..<10, using: &random) {
                case 0...4:
                    let own = tags.filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
                    let seconds = Int.random(in: 1...30, using: &random)
                    try fixture.set(key, "\(step)", own, seconds: seconds)
                    model.entries[key] = Model.Entry(
                        value: "\(step)", tags: own, until: fixture.now + .seconds(seconds))
                case 5:
                    let isGone = try fixture.shard.delete(fixture.address(key), fixture.now)
                    #expect(
                        isGone == (model.remove(fixture.now) { name, _ in name == key } == 1), "seed \(random.seed)")
                case 6:
                    let chosen = tags.filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
                    let count = try fixture.invalidate(keys: [key], tags: chosen).count
                    let expected = model.remove(fixture.now) { name, entry in
                        name == key || entry.tags.contains { chosen.contains($0) }
                    }
                    #expect(count == expected, "seed \(random.seed)")
                case 7 where step % 40 == 7:
                    #expect(
                        try fixture.invalidate(everything: true).count == model.remove(fixture.now) { _, _ in true })
                case 8: fixture.now = fixture.now + .seconds(Int.random(in: 0...5, using: &random))
                default:
                    let expected = model.entries[key].flatMap { fixture.now < $0.until ? $0.value : nil }
                    #expect(try fixture.value(key) == expected, "seed \(random.seed)")
                }
            }
            #expect(fixture.shard.inconsistency() == nil, "seed \(random.seed)")
            #expect(fixture.usage.entries == fixture.shard.count, "seed \(random.seed)")
        }
    }

    /// With too little memory for all: what is there is right, and the bound holds.
    @Test func evictionKeepsTheBound() throws {
        var random = SeededGenerator.printed("shard and its bound")
        for _ in 0..<20 {
            var fixture = ShardFixture(limit: 96 << 10, seed: random.next())
            var values: [String: String] = [:]
            for step in 0..<2_000 {
                let key = "key \(Int.random(in: 0..<300, using: &random))"
                if Int.random(in: 0..<2, using: &random) == 0 {
                    let value = "\(step)" + String(repeating: "v", count: Int.random(in: 0..<3_000, using: &random))
                    try fixture.set(key, value, ["t\(step % 50)"])
                    values[key] = value
                } else if let value = try fixture.value(key) {
                    #expect(value == values[key], "seed \(random.seed)")
                }
                #expect(fixture.shard.byteCount <= 96 << 10, "seed \(random.seed)")
            }
            #expect(fixture.shard.counts.evicted > 0)
            #expect(fixture.shard.inconsistency() == nil, "seed \(random.seed)")
        }
    }
}
