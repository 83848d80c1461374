import Caches
import Testing

/// Which questions go first where a source is slower than what it is asked.
struct DeadlineQueueTests {
    private static func time(_ seconds: Int64) -> CacheTime { CacheTime(nanoseconds: seconds * 1_000_000_000) }

    @Test func theNewestGoFirstAndTheExpiredNotAtAll() {
        var queue = DeadlineQueue<Int>()
        for number in 1...10 { queue.append(number, before: Self.time(Int64(number))) }
        #expect(queue.removeExpired(Self.time(0)).isEmpty)
        #expect(queue.removeExpired(Self.time(3)) == [1, 2, 3])
        #expect(queue.removeNewest(max: 2) == [10, 9])
        queue.append(11, before: Self.time(11))
        #expect(queue.count == 6 && queue.removeNewest(max: 1) == [11])
        #expect(queue.removeExpired(Self.time(99)) == [4, 5, 6, 7, 8])
        #expect(queue.isEmpty && queue.removeNewest(max: .max).isEmpty)
    }

    /// Questions come faster than a source answers them, for an hour: most answers are in time all the same.
    @Test func mostAnswersOfASlowSourceAreInTime() {
        var queue = DeadlineQueue<Int64>()
        var (inTime, late) = (0, 0)
        for second in Int64(0)..<3_600 {
            // A question is about 10, and lasts two seconds; 20 come in a second.
            for _ in 0..<20 { queue.append(second, before: Self.time(second + 10)) }
            guard second % 2 == 0 else { continue }
            let expired = queue.removeExpired(Self.time(second))
            #expect(expired.allSatisfy { $0 + 10 <= second })
            for asked in queue.removeNewest(max: 10) { if asked + 10 > second + 2 { inTime += 1 } else { late += 1 } }
            #expect(queue.count <= 20 * 12)
        }
        #expect(inTime == 18_000 && late == 0, "\(inTime) in time, \(late) late")
    }
}
