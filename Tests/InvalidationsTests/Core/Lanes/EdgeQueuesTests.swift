import Invalidations
import TestSupport
import Testing

/// Queues of edges: lanes, ready lines and batches, and the counts that follow from them.
struct EdgeQueuesTests {
    private static let edges = 2
    private static let weights = [16, 4, 1]
    private static let start = Instant(monotonic: 7, wall: Timestamp(milliseconds: 7))

    private static func entry(_ number: Int32) -> LaneEntry {
        LaneEntry(
            part: PartKey(record: PoolKey(slot: number, generation: 1), target: 0),
            weight: SelectorMeasure(Selectors(tags: ["t\(number)"])))
    }

    @Test func aLaneIsServedOnceItIsReady() throws {
        var queues = EdgeQueues(edges: Self.edges, weights: Self.weights)
        let lane = queues.openLane(namespace: 4, edge: 1, priority: 2, isStrict: false)
        queues.enqueue(Self.entry(0), in: lane, now: 9)
        let (waiting, other) = (queues[1], queues[0].parts)
        #expect(waiting.parts == 1 && waiting.lastWorkAt == 9 && other == 0)
        let early = queues.takeTurn(1)
        #expect(early == nil, "nobody said that it may be sent")
        queues.becomeReady(lane)
        let scheduled = [queues.nextScheduled(), queues.nextScheduled()]
        #expect(scheduled == [1, nil])
        let turn = queues.takeTurn(1)
        #expect(turn == lane)
        let batch = queues.makeBatch(lane, at: Self.start, isProbe: true)
        let popped = queues.removeFirst(of: lane)
        let first = try #require(popped)
        queues.add(first, to: batch, item: 0, isCovered: false)
        queues.send(batch, items: 1)
        let (sent, state, isProbe) = (queues[1], queues[lane: lane].state, queues[batch: batch].isProbe)
        #expect(state == .inFlight(since: 7) && isProbe)
        #expect((sent.inFlight, sent.sending, sent.waiting) == (1, 1, 0))
        queues.answer(queues.batchKey(batch))
        let answered = queues[1]
        #expect((answered.inFlight, answered.parts) == (0, 1), "its outcome is still to be applied")
    }

    @Test func aTurnThatIsGivenBackIsNextAndOneThatIsPassedIsLast() {
        var queues = EdgeQueues(edges: 1, weights: [1])
        var lanes: [Int] = []
        for number in 0..<3 {
            let lane = queues.openLane(namespace: number, edge: 0, priority: 0, isStrict: false)
            queues.enqueue(Self.entry(Int32(number)), in: lane, now: 0)
            queues.becomeReady(lane)
            lanes.append(lane)
        }
        var turns = [queues.takeTurn(0)]
        queues.giveTurnBack(lanes[0])
        turns.append(queues.takeTurn(0))
        queues.passTurn(lanes[0])
        turns.append(queues.takeTurn(0))
        queues.leaveLine(lanes[1])
        turns.append(queues.takeTurn(0))
        #expect(turns == [lanes[0], lanes[0], lanes[1], lanes[2]])
        let (state, ready) = (queues[lane: lanes[1]].state, queues[0].ready.count)
        #expect(state == .idle && ready == 1)
    }

    @Test func anEdgeIsScheduledOnceUntilItIsDispatched() {
        var queues = EdgeQueues(edges: 2, weights: [1])
        for edge in [1, 0, 1] { queues.schedule(edge) }
        var order = [queues.nextScheduled()]
        queues.schedule(1)
        for _ in 0..<3 { order.append(queues.nextScheduled()) }
        #expect(order == [1, 0, 1, nil])
    }

    @Test func aLaneKeepsTheEntriesThatAreRotated() {
        var queues = EdgeQueues(edges: 1, weights: [1])
        let lane = queues.openLane(namespace: 0, edge: 0, priority: 0, isStrict: false)
        for number in 0..<4 { queues.enqueue(Self.entry(Int32(number)), in: lane, now: 0) }
        // The parts 1 and 2 have left.
        for number in 0..<4 {
            guard number == 1 || number == 2 else {
                queues.rotate(lane)
                continue
            }
            let left = queues.removeFirst(of: lane)
            queues.leaveLane(lane, bytes: left?.weight.bytes ?? 0)
        }
        let (slots, parts) = (queues.parts(in: lane).map(\.record.slot), queues[0].parts)
        #expect(slots == [0, 3] && parts == 2)
    }

    @Test func requestsOfOneItemHaveCompany() {
        var batch = InFlightBatch()
        batch.begin(lane: 0, edge: 0, at: Self.start, isProbe: false)
        for (number, item) in [0, 1, 0].enumerated() {
            batch.add(Self.entry(Int32(number)), item: item, isCovered: number == 2)
        }
        #expect((0..<3).map { batch.hasCompany($0) } == [true, false, true])
    }

    /// Whatever is done, the counts of an edge are those of its lanes and of what was sent, and its line is that of its
    /// ready lanes.
    @Test func theCountsAreThoseOfTheLanes() {
        var random = SeededGenerator.printed("edge queues")
        for _ in 0..<50 {
            var world = EdgeQueuesWorld()
            for _ in 0..<200 {
                world.step(&random)
                let isRight = world.isRight
                #expect(isRight, "seed \(random.seed)")
            }
        }
    }
}

/// Queues of two edges with three lanes each, and what is known of them.
private struct EdgeQueuesWorld: ~Copyable {
    private var queues = EdgeQueues(edges: 2, weights: [16, 4, 1])
    private var lanes: [Int] = []
    private var batches: [PoolKey] = []
    private var made: Int32 = 0

    init() {
        for number in 0..<6 {
            lanes.append(queues.openLane(namespace: number, edge: number % 2, priority: number / 2, isStrict: false))
        }
    }

    mutating func step(_ random: inout SeededGenerator) {
        let lane = lanes[Int.random(in: 0..<lanes.count, using: &random)]
        switch Int.random(in: 0..<8, using: &random) {
        case 0...2:
            made += 1
            let tags = (0..<Int.random(in: 1...3, using: &random)).map { "tag-\($0)" }
            let part = PartKey(record: PoolKey(slot: made, generation: 1), target: 0)
            queues.enqueue(
                LaneEntry(part: part, weight: SelectorMeasure(Selectors(tags: tags))), in: lane, now: Int64(made))
        case 3:
            if queues[lane: lane].canChange, queues[lane: lane].requests > 0 { queues.becomeReady(lane) }
        case 4, 5: takeTurn(Int.random(in: 0..<2, using: &random), &random)
        case 6: endBatch(&random)
        default:
            // The first part ends while it waits.
            guard queues[lane: lane].state != .ready, let entry = queues.removeFirst(of: lane) else { return }
            queues.leaveLane(lane, bytes: entry.weight.bytes)
        }
    }

    private mutating func takeTurn(_ edge: Int, _ random: inout SeededGenerator) {
        guard let lane = queues.takeTurn(edge) else { return }
        switch Int.random(in: 0..<5, using: &random) {
        case 0: queues.giveTurnBack(lane)
        case 1: queues.passTurn(lane)
        case 2: queues.leaveLine(lane)
        default:
            let batch = queues.makeBatch(
                lane, at: Instant(monotonic: 1, wall: Timestamp(milliseconds: 1)), isProbe: false)
            let most = Int.random(in: 0...3, using: &random)
            for number in 0..<min(most, queues[lane: lane].requests) {
                guard let entry = queues.removeFirst(of: lane) else { continue }
                queues.add(entry, to: batch, item: number, isCovered: false)
            }
            guard most > 0 else { return queues.dropBatch(batch) }
            queues.send(batch, items: queues[batch: batch].entries.count)
            batches.append(queues.batchKey(batch))
        }
    }

    /// Some of its parts are sent again.
    private mutating func endBatch(_ random: inout SeededGenerator) {
        guard let key = batches.popLast() else { return }
        queues.answer(key)
        var batch = InFlightBatch()
        queues.swapBatch(key.index, with: &batch)
        for entry in batch.entries {
            if Bool.random(using: &random) {
                queues.putBack(entry, in: batch.lane)
            } else {
                queues.endSending(batch.edge)
            }
        }
        queues.becomeIdle(batch.lane)
        batch.empty()
        queues.closeBatch(key)
        queues.swapBatch(key.index, with: &batch)
    }

    var isRight: Bool {
        for edge in 0..<2 {
            let mine = lanes.filter { queues[lane: $0].edge == edge }
            let sent = batches.map(\.index).filter { queues[batch: $0].edge == edge }
            let isRight =
                queues[edge].waiting == mine.reduce(0) { $0 + queues[lane: $1].requests }
                && queues[edge].sending == sent.reduce(0) { $0 + queues[batch: $1].entries.count }
                && queues[edge].inFlight == sent.count
                && queues[edge].ready.count == mine.count(where: { queues[lane: $0].state == .ready })
            guard isRight else { return false }
        }
        return true
    }
}
