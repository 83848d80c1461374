import Invalidations
import TestSupport
import Testing

/// Consequence queue, against a recursion over random trees.
struct ConsequenceQueueTests {
    @Test func consequencesComeBeforeWhatWaited() {
        var queue = ConsequenceQueue<String>()
        queue.append("a")
        queue.append("b")
        #expect(queue.next() == "a")
        queue.append("a1")
        queue.append("a2")
        #expect([queue.next(), queue.next(), queue.next(), queue.next()] == ["a1", "a2", "b", nil])
        #expect(queue.isEmpty)
    }

    @Test func theOrderIsThatOfARecursion() {
        var random = SeededGenerator.printed("consequence queue")
        for _ in 0..<200 {
            // Each consequence adds those that the table names; numbers grow, so that it ends.
            let table = (0..<40).map { number in
                (0..<Int.random(in: 0...2, using: &random)).map { _ in number + Int.random(in: 1...9, using: &random) }
            }
            var expected: [Int] = []
            func recurse(_ number: Int) {
                expected.append(number)
                if number < table.count { table[number].forEach(recurse) }
            }
            recurse(0)
            var order: [Int] = []
            var queue = ConsequenceQueue<Int>()
            queue.append(0)
            while let number = queue.next() {
                order.append(number)
                if number < table.count { table[number].forEach { queue.append($0) } }
            }
            #expect(order == expected, "seed \(random.seed)")
            guard order == expected else { return }
        }
    }
}
