import Gateway
import Invalidations
import TestSupport
import Testing

/// Tests of the ring that clients resume from, and of how it is filled.
struct EventRingTests {
    private static let identity = RequestIdentity(id: RequestID(high: 1, low: 2), namespace: .default)

    private static func entry(_ partition: Int, _ offset: Int64, bytes: Int = 100) -> EventRing.Entry {
        EventRing.Entry(
            partition: partition, offset: offset,
            event: StreamEvent(.progress, identity, data: Array(repeating: 120, count: bytes)))
    }

    private static func contents(_ ring: EventRing) -> [[Int64]] {
        (ring.first..<ring.end).compactMap { number in ring[number].map { [Int64($0.partition), $0.offset] } }
    }

    @Test func whatIsPushedOutIsNotCoveredAnyMore() throws {
        let cost = Self.entry(0, 0).event.cost
        var ring = EventRing(bytesMax: 3 * cost, floors: [10, 20])
        #expect(ring.covers([10, 20]) && !ring.covers([9, 20]) && !ring.covers([10]))
        ring.append(Self.entry(0, 12))
        ring.append(Self.entry(1, 25))
        ring.append(Self.entry(0, 13))
        #expect(ring.covers([10, 20]) && ring.bytes == 3 * cost)
        ring.append(Self.entry(0, 14))
        #expect(Self.contents(ring) == [[1, 25], [0, 13], [0, 14]])
        #expect(ring.floors == [13, 20] && ring.bytes == 3 * cost)
        #expect(!ring.covers([12, 20]) && ring.covers([13, 20]))
        #expect(ring[ring.first - 1] == nil && ring[ring.end] == nil)
    }

    @Test func anEventBeyondTheBoundIsNotKept() {
        var ring = EventRing(bytesMax: 50, floors: [0])
        ring.append(Self.entry(0, 7))
        #expect(Self.contents(ring).isEmpty && ring.bytes == 0 && ring.floors == [8])
        #expect(ring.first == ring.end && ring.end == 1)
    }

    /// Against a plain list.
    @Test func aLongRunKeepsTheLatest() {
        var random = SeededGenerator.printed("events of a ring")
        var ring = EventRing(bytesMax: 20_000, floors: [0, 0, 0])
        var all: [EventRing.Entry] = []
        var offsets: [Int64] = [0, 0, 0]
        for _ in 0..<5_000 {
            let partition = Int.random(in: 0..<3, using: &random)
            offsets[partition] += Int64.random(in: 1...3, using: &random)
            let entry = Self.entry(
                partition, offsets[partition], bytes: Int.random(in: 0...400, using: &random))
            all.append(entry)
            ring.append(entry)
            #expect(ring.bytes <= 20_000)
        }
        let kept = all.suffix(ring.end - ring.first)
        #expect(Self.contents(ring) == kept.map { [Int64($0.partition), $0.offset] })
        #expect(ring.bytes == kept.reduce(0) { $0 + $1.event.cost })
        for partition in 0..<3 {
            let lost = all.dropLast(kept.count).last { $0.partition == partition }
            #expect(ring.floors[partition] == (lost?.offset ?? -1) + 1)
        }
    }

    @Test func aFillIsInTheOrderOfItsTimeWhateverComesFirst() {
        var fill = TailFill(bytesMax: 1 << 20, floors: [0, 5])
        for (offset, time) in [(0, 100), (1, 90), (2, 300)] as [(Int64, Int64)] {
            fill.add(Self.entry(0, offset), time: time)
        }
        for (offset, time) in [(5, 50), (6, 200)] as [(Int64, Int64)] { fill.add(Self.entry(1, offset), time: time) }
        let ring = fill.ring(bytesMax: 1 << 20)
        #expect(Self.contents(ring) == [[1, 5], [0, 0], [0, 1], [1, 6], [0, 2]])
        #expect(ring.floors == [0, 5])
    }

    @Test func aFillIsBoundedInEachPartition() {
        let cost = Self.entry(0, 0).event.cost
        var fill = TailFill(bytesMax: 4 * cost, floors: [0, 0])
        for offset in 0..<10 { fill.add(Self.entry(0, Int64(offset)), time: Int64(offset)) }
        fill.add(Self.entry(1, 3), time: 0)
        #expect(fill.floors == [8, 0])
        #expect(Self.contents(fill.ring(bytesMax: 1 << 20)) == [[1, 3], [0, 8], [0, 9]])
    }

    @Test func whereALogIsCutTheFillSaysSinceWhenAllIsRead() {
        var fill = TailFill(bytesMax: 1_000, floors: [0, 0, 0])
        fill.begin(0, at: Timestamp(milliseconds: 500), isCut: true)
        fill.begin(0, at: Timestamp(milliseconds: 900), isCut: true)
        fill.begin(1, at: Timestamp(milliseconds: 700), isCut: true)
        fill.begin(2, at: Timestamp(milliseconds: 800), isCut: false)
        #expect(fill.readsAllSince == Timestamp(milliseconds: 700))
    }
}
