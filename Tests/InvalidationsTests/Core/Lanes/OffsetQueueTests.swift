import Invalidations
import TestSupport
import Testing

/// Queue of offsets of a strict line, against a set.
struct OffsetQueueTests {
    @Test func theSmallestIsAlwaysFirst() {
        var random = SeededGenerator.printed("offset queue")
        for _ in 0..<50 {
            var queue = OffsetQueue()
            var model: Set<Int64> = []
            for _ in 0..<500 {
                let offset = Int64.random(in: 0..<100, using: &random)
                if Bool.random(using: &random) {
                    #expect(queue.insert(offset) == model.insert(offset).inserted, "seed \(random.seed)")
                } else {
                    #expect(queue.remove(offset) == (model.remove(offset) != nil), "seed \(random.seed)")
                }
                #expect((queue.first, queue.count) == (model.min(), model.count), "seed \(random.seed)")
            }
        }
    }
}
