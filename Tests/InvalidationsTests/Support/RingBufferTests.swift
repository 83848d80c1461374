import Invalidations
import TestSupport
import Testing

/// Ring buffer, against an array.
struct RingBufferTests {
    @Test func itHoldsWhatAnArrayHolds() {
        var random = SeededGenerator.printed("ring buffer")
        for _ in 0..<100 {
            var ring = RingBuffer<Int>()
            var model: [Int] = []
            for number in 0..<200 {
                switch Int.random(in: 0..<6, using: &random) {
                case 0, 1:
                    ring.append(number)
                    model.append(number)
                case 2:
                    ring.prepend(number)
                    model.insert(number, at: 0)
                case 3 where !model.isEmpty:
                    let index = Int.random(in: model.indices, using: &random)
                    ring[index] = number
                    model[index] = number
                case 4: #expect(ring.popLast() == model.popLast(), "seed \(random.seed)")
                default: #expect(ring.popFirst() == (model.isEmpty ? nil : model.removeFirst()), "seed \(random.seed)")
                }
                let isSame = (0..<ring.count).map { ring[$0] } == model && ring.first == model.first
                #expect(isSame && ring.isEmpty == model.isEmpty, "seed \(random.seed)")
                guard isSame else { return }
            }
        }
    }
}
