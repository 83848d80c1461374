import Invalidations
import Testing

/// When the retry topics are searched for the backlog of an edge.
struct BacklogSearchTests {
    private static let second: Int64 = 1_000_000_000

    @Test func aSearchIsBegunOnceInFiveSeconds() {
        var search = BacklogSearch()
        search.request()
        #expect(search.begin(now: 0) == nil && !search.isWanted)
        #expect(search.begin(now: 4 * Self.second) == 5 * Self.second)
        #expect(search.isWanted, "it is begun later")
        #expect(search.begin(now: 5 * Self.second) == nil && !search.isWanted)
    }

    @Test func anIdleEdgeSearchesLessAndLessUntilAPartStarts() {
        var search = BacklogSearch()
        var pauses: [Int64] = []
        var now: Int64 = 0
        for _ in 0..<9 {
            if let next = search.waitIfIdle(now: now) {
                pauses.append((next - now) / Self.second)
                now = next
                #expect(search.waitIfIdle(now: now) == nil, "it is time then")
            }
            #expect(search.begin(now: now) == nil)
        }
        #expect(pauses == [10, 20, 40, 80, 160, 300, 300, 300])
        search.recordStart()
        #expect(search.waitIfIdle(now: now) == now + 5 * Self.second)
    }

    @Test func anEdgeIsIdleSinceItWasLastSeenSo() {
        var search = BacklogSearch()
        #expect(search.idleSince == nil)
        for time in [5, 9] as [Int64] {
            search.becomeIdle(at: Timestamp(milliseconds: time))
            #expect(search.idleSince == Timestamp(milliseconds: time))
        }
    }
}
