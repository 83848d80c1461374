import CacheSimulation
import Caches
import TestSupport
import Testing

/// Eviction: what S3-FIFO keeps, and how it compares with others on traces.
struct EvictionTests {
    @Test func whatIsAskedForTwiceOutlivesAScan() {
        var policy = S3FIFO(limit: 1_000)
        for slot in 0..<10 { policy.insert(slot, hash: UInt64(slot), bytes: 100) }
        for slot in [3, 3, 4, 4] { policy.recordHit(slot) }
        let victims = (0..<7).compactMap { _ in policy.popVictim() }
        #expect(victims == [0, 1, 2, 5, 6, 7, 8])
        #expect(policy.count == 3)
    }

    @Test func whatComesBackSoonIsKept() {
        var policy = S3FIFO(limit: 1_000)
        for slot in 0..<10 { policy.insert(slot, hash: UInt64(slot), bytes: 100) }
        #expect(policy.popVictim() == 0)
        policy.insert(0, hash: 0, bytes: 100)
        #expect(policy.ghostHits == 1)
        #expect((0..<10).compactMap { _ in policy.popVictim() } == Array(1...8) + [0, 9])
        #expect(policy.popVictim() == nil)
    }

    @Test func bytesAndCountsAgree() {
        var random = SeededGenerator.printed("S3-FIFO")
        var policy = S3FIFO(limit: 10_000)
        var held: [Int: Int] = [:]
        for _ in 0..<20_000 {
            let slot = Int.random(in: 0..<200, using: &random)
            if held[slot] == nil {
                let bytes = Int.random(in: 1...500, using: &random)
                policy.insert(slot, hash: random.next() % 300, bytes: bytes)
                held[slot] = bytes
            } else if Bool.random(using: &random) {
                policy.recordHit(slot)
            } else if Bool.random(using: &random) {
                policy.remove(slot)
                held[slot] = nil
            } else if let victim = policy.popVictim() {
                #expect(held.removeValue(forKey: victim) != nil, "seed \(random.seed)")
            }
            #expect(policy.count == held.count, "seed \(random.seed)")
            #expect(policy.entryBytes == held.values.reduce(0, +), "seed \(random.seed)")
        }
    }

    /// The decision's figures, on shorter traces than the table in the documentation.
    @Test func scansCostLessThanWithLRU() throws {
        let rows = EvictionTable.rows(keys: 5_000, requests: 150_000, percents: [5], seed: 1)
        for row in rows { print(row) }
        for row in rows {
            #expect(row.s3FIFO > row.lru, "\(row)")
            #expect(row.s3FIFO > row.tinyLFU - 0.03, "\(row)")
        }
    }
}
