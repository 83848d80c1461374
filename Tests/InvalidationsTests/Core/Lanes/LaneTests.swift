import Invalidations
import TestSupport
import Testing

/// Lane: the order of its parts, their counts, and the states of sending them.
struct LaneTests {
    private static func entry(_ number: Int32, bytes: Int) -> LaneEntry {
        LaneEntry(
            part: PartKey(record: PoolKey(slot: number, generation: 1), target: 0),
            weight: SelectorMeasure(Selectors(tags: [String(repeating: "t", count: bytes)])))
    }

    private static func order(_ lane: Lane) -> [Int32] {
        (0..<lane.entries.count).map { lane.entries[$0].part.record.slot }
    }

    /// Parts wait, end while they wait, are sent, and come back: the counts are those of the parts that have not ended.
    @Test func theCountsAreThoseOfTheParts() {
        var random = SeededGenerator.printed("lane")
        for _ in 0..<200 {
            var lane = Lane()
            lane.reopen(namespace: 1, edge: 2, priority: 0, isStrict: false)
            var waiting: [LaneEntry] = []
            var ended: Set<Int32> = []
            for number in Int32(0)..<80 {
                let index = waiting.indices.randomElement(using: &random)
                switch (Int.random(in: 0..<5, using: &random), index) {
                case (0, .some):
                    // It is sent, and is sent again later; an entry whose part has ended is skipped.
                    guard let first = lane.removeFirst() else { break }
                    #expect(first.part == waiting.removeFirst().part, "seed \(random.seed)")
                    guard ended.remove(first.part.record.slot) == nil else { break }
                    lane.discount(bytes: first.weight.bytes)
                    if Bool.random(using: &random) {
                        lane.putBack(first)
                        waiting.insert(first, at: 0)
                    }
                case (1, .some):
                    guard let first = lane.removeFirst() else { break }
                    lane.rotate(first)
                    waiting.append(waiting.removeFirst())
                case (2, .some(let index)) where !ended.contains(waiting[index].part.record.slot):
                    ended.insert(waiting[index].part.record.slot)
                    lane.discount(bytes: waiting[index].weight.bytes)
                default:
                    let entry = Self.entry(number, bytes: .random(in: 1...20, using: &random))
                    lane.append(entry)
                    waiting.append(entry)
                }
                let open = waiting.filter { !ended.contains($0.part.record.slot) }
                let bytes = open.reduce(0) { $0 + Int($1.weight.bytes) }
                let isRight =
                    (lane.requests, lane.bytes) == (open.count, bytes)
                    && Self.order(lane) == waiting.map(\.part.record.slot)
                #expect(isRight, "seed \(random.seed)")
                guard isRight else { return }
            }
        }
    }

    @Test func aTimerEndsTheStateThatItWasSetForAlone() {
        var lane = Lane()
        let linger = lane.linger()
        #expect(lane.waits(for: linger) && lane.canChange)
        lane.becomeReady()
        #expect(!lane.waits(for: linger) && !lane.canChange)
        lane.send(at: 5)
        #expect(lane.isInFlight && !lane.canChange && lane.state == .inFlight(since: 5))
        let pause = lane.pause()
        #expect(lane.waits(for: pause) && !lane.waits(for: linger) && !lane.canChange && !lane.isInFlight)
        lane.becomeIdle()
        #expect(lane.canChange && !lane.waits(for: pause))
    }

    @Test func timersOfEarlierUsesOfTheSlotAreNotMistaken() {
        var lane = Lane()
        var earlier: [UInt32] = []
        for use in 0..<3 {
            lane.reopen(namespace: use, edge: 0, priority: 1, isStrict: use == 1)
            #expect((lane.namespace, lane.priority, lane.isStrict, lane.state) == (use, 1, use == 1, .idle))
            let number = use == 1 ? lane.pause() : lane.linger()
            #expect(lane.waits(for: number) && !earlier.contains { lane.waits(for: $0) })
            earlier.append(number)
            lane.becomeIdle()
            lane.append(Self.entry(0, bytes: 1))
            lane.discount(bytes: Self.entry(0, bytes: 1).weight.bytes)
            lane.close()
            #expect(lane.entries.isEmpty, "entries of ended parts outlived the lane")
        }
    }

    /// A request of ten items waits until its lane may send so many; then the lane pays for them.
    @Test func aTurnIsSavedUpAndPaid() {
        var lane = Lane()
        for number in Int32(0)..<2 { lane.append(Self.entry(number, bytes: 1)) }
        let turns = (0..<3).map { _ in lane.startTurn(items: 10, quantum: 4, isAlone: false) }
        #expect(turns == [false, false, true])
        lane.charge(items: 10)
        #expect(lane.deficit == 2)
        let isAffordable = lane.startTurn(items: 6, quantum: 4, isAlone: false)
        #expect(isAffordable && lane.deficit == 6)
        lane.charge(items: 50)
        #expect(lane.deficit == 0, "a turn that was dearer than expected makes no debt")
        _ = lane.startTurn(items: 50, quantum: 4, isAlone: false)
        let isAlone = lane.startTurn(items: 50, quantum: 4, isAlone: true)
        #expect(isAlone && lane.deficit == 0, "a lane that is alone saves up nothing")
        _ = lane.startTurn(items: 50, quantum: 40, isAlone: false)
        for number in Int32(0)..<2 { lane.discount(bytes: Self.entry(number, bytes: 1).weight.bytes) }
        lane.charge(items: 1)
        #expect(lane.deficit == 0, "an empty lane saves up nothing")
    }
}
