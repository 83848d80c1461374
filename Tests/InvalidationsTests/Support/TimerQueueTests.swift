import Invalidations
import TestSupport
import Testing

/// Timer queue, against a list that is sorted each time.
struct TimerQueueTests {
    @Test func theEarliestComesFirstAndEqualTimesKeepTheirOrder() {
        var random = SeededGenerator.printed("timer queue")
        for _ in 0..<50 {
            var queue = TimerQueue<Int>()
            var model: [(due: Int64, number: Int)] = []
            for number in 0..<300 {
                if Int.random(in: 0..<3, using: &random) > 0 {
                    let due = Int64.random(in: 0..<20, using: &random)
                    queue.add(number, due: due)
                    // Behind all that are due at the same time or before.
                    model.insert((due, number), at: model.firstIndex { $0.due > due } ?? model.count)
                } else {
                    let now = Int64.random(in: 0..<20, using: &random)
                    let expected = model.first.flatMap { $0.due <= now ? $0.number : nil }
                    if expected != nil { model.removeFirst() }
                    #expect(queue.pop(dueBy: now) == expected, "seed \(random.seed)")
                }
                #expect(queue.nextDue == model.first?.due && queue.count == model.count, "seed \(random.seed)")
            }
            let left = queue.takeAll().map(\.payload)
            #expect(left == model.map(\.number), "seed \(random.seed)")
            #expect(queue.count == 0)
        }
    }
}
