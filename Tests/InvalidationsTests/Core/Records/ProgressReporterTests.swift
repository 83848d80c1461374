import Invalidations
import TestSupport
import Testing

/// Progress reporter: each watched request is reported on in time, and no other.
struct ProgressReporterTests {
    private static let firstAfter: Int64 = 10
    private static let interval: Int64 = 100

    private static func pool(_ count: Int) -> Pool<OpenRecord> {
        var pool = Pool<OpenRecord>()
        for number in 0..<count { _ = pool.insert(.request(UInt64(number), at: Int64(number))) }
        return pool
    }

    private static func watches(_ random: inout SeededGenerator) -> Bool { Int.random(in: 0..<3, using: &random) > 0 }

    /// Time passes, requests come and end, and some have news. `due` is when each of the watched is to be looked at.
    @Test func eachWatchedRequestIsLookedAtInTime() {
        var random = SeededGenerator.printed("progress reporter")
        for _ in 0..<100 {
            var reporter = ProgressReporter(firstReportAfter: Self.firstAfter, interval: Self.interval)
            var pool = Self.pool(8)
            var due: [Int: Int64] = [:]
            var timer: Int64?
            var now: Int64 = 0
            for _ in 0..<100 {
                now += .random(in: 0...30, using: &random)
                let index = Int.random(in: 0..<8, using: &random)
                if due[index] != nil, !Self.watches(&random) {
                    reporter.unwatch(index, in: &pool)
                    due[index] = nil
                } else if due[index] == nil, Self.watches(&random) {
                    let look = reporter.watch(index, now: now, in: &pool)
                    due[index] = now + Self.firstAfter
                    #expect((look != nil) == (timer == nil), "one timer at a time, seed \(random.seed)")
                    timer = timer ?? look
                }
                pool[index].hasNews = Bool.random(using: &random)
                pool[index].isInterimReportInFlight = Int.random(in: 0..<4, using: &random) == 0
                guard let set = timer, set <= now else { continue }
                var expected = Set(due.filter { $0.value <= now }.keys)
                for index in expected { due[index] = now + Self.interval }
                expected = expected.filter { pool[$0].hasNews && !pool[$0].isInterimReportInFlight }
                var reported: [Int] = []
                while reported.count <= 8, let next = reporter.nextDue(now: now, in: &pool) { reported.append(next) }
                #expect(reported.sorted() == expected.sorted(), "at \(now), seed \(random.seed)")
                timer = reporter.nextLook(in: pool)
                #expect(timer == due.values.min(), "at \(now), seed \(random.seed)")
            }
        }
    }

    @Test func theLongestAtWorkIsTheFirstThatWasReportedOn() {
        var reporter = ProgressReporter(firstReportAfter: Self.firstAfter, interval: Self.interval)
        var pool = Self.pool(3)
        for index in 0..<3 { _ = reporter.watch(index, now: Int64(index), in: &pool) }
        #expect(reporter.longestAtWork == nil, "nothing was reported on yet")
        let reported = (0..<3).map { _ in reporter.nextDue(now: Self.firstAfter + 1, in: &pool) }
        #expect(reported == [0, 1, nil])
        #expect(reporter.longestAtWork == 0)
        reporter.unwatch(0, in: &pool)
        #expect(reporter.longestAtWork == 1)
        reporter.unwatch(0, in: &pool)
        reporter.unwatch(1, in: &pool)
        #expect(reporter.longestAtWork == nil)
        let look = reporter.nextLook(in: pool)
        #expect(look == 2 + Self.firstAfter, "the third is watched still")
    }
}
