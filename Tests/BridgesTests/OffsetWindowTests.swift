import Bridges
import Testing

/// Tests of what may be committed.
@Suite struct OffsetWindowTests {
    @Test func nothingBehindAnOpenRecordIsCommitted() {
        var window = OffsetWindow(next: 10)
        #expect(window.committable == 10)
        window.add(10, requests: 1)
        window.add(11, requests: 0)
        window.add(14, requests: 2)
        #expect(window.next == 15 && window.committable == 10)
        window.complete(14)
        window.complete(10)
        #expect(window.committable == 14, "one of its two requests is open")
        window.complete(14)
        #expect(window.committable == 15)
        window.complete(14)
        #expect(window.committable == 15, "what has ended ends once")
        window.add(.max, requests: 0)
        #expect(window.next == .max)
    }

    @Test func acknowledgementsInAnyOrderEndAtTheLastRecord() {
        var window = OffsetWindow(next: 0)
        let offsets = (0..<5_000).map(Int64.init)
        for offset in offsets { window.add(offset, requests: 1) }
        var open = Set(offsets)
        for offset in offsets.shuffled() {
            window.complete(offset)
            open.remove(offset)
            guard offset % 100 == 0 || open.isEmpty else { continue }
            #expect(window.committable == open.min() ?? 5_000)
        }
    }
}
