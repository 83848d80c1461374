import Invalidations
import TestSupport
import Testing

/// Outcomes that are applied in portions.
struct CompletionQueueTests {
    private static func completion(_ slot: Int32, entries: Int) -> BatchCompletion {
        BatchCompletion(PoolKey(slot: slot, generation: 1), .acknowledged, entries: entries)
    }

    @Test func theyTakeTurns() {
        var queue = CompletionQueue()
        for slot in 0..<2 { queue.append(Self.completion(Int32(slot), entries: 2)) }
        var order: [Int32] = []
        while var next = queue.next() {
            order.append(next.batch.slot)
            next.advance()
            if next.entriesLeft > 0 { queue.append(next) }
        }
        #expect(order == [0, 1, 0, 1] && queue.entriesLeft == 0)
    }

    private static let portions: [(entries: Int, portion: Int, pause: Duration)] = [
        (10, 64, .milliseconds(1)),
        (640, 64, .milliseconds(1)),
        (1_023, 64, .milliseconds(1)),
        (1_024, 256, .nanoseconds(1)),
        (100_000, 25_000, .nanoseconds(1)),
    ]

    /// Portions grow with what waits, and the most of all come without a pause.
    @Test(arguments: portions)
    func aPortionFollowsFromWhatWaits(_ row: (entries: Int, portion: Int, pause: Duration)) {
        var queue = CompletionQueue()
        #expect(queue.setTimer() == nil, "nothing waits")
        queue.append(Self.completion(0, entries: row.entries))
        #expect(queue.portion(min: 64) == row.portion)
        #expect(queue.setTimer() == row.pause)
        #expect(queue.setTimer() == nil, "it is set already")
        queue.timerCame()
        #expect(queue.setTimer() == row.pause)
    }

    @Test func theLongestPauseCounts() {
        var completion = Self.completion(0, entries: 3)
        let entry = LaneEntry(part: PartKey(record: completion.batch, target: 0), weight: SelectorMeasure(nil))
        for pause in [2, 5, 1] as [Int64] {
            completion.resend(entry, after: .seconds(pause))
            completion.advance()
        }
        #expect(completion.pause == .seconds(5) && completion.toResend.count == 3 && completion.entriesLeft == 0)
    }

    /// The count of entries is that of the outcomes that wait.
    @Test func theEntriesAreCounted() {
        var random = SeededGenerator.printed("completion queue")
        var queue = CompletionQueue()
        var left: [Int] = []
        for _ in 0..<2_000 {
            if left.count < 5, Bool.random(using: &random) {
                let entries = Int.random(in: 1...50, using: &random)
                queue.append(Self.completion(0, entries: entries))
                left.append(entries)
            } else if var next = queue.next() {
                left.removeFirst()
                for _ in 0..<Int.random(in: 1...next.entriesLeft, using: &random) { next.advance() }
                if next.entriesLeft > 0 {
                    queue.append(next)
                    left.append(next.entriesLeft)
                }
            }
            #expect(queue.entriesLeft == left.reduce(0, +), "seed \(random.seed)")
        }
    }
}
