/// Edge queues: the lanes of all edges, their ready lines, and the batches in flight.
///
/// They alone change a lane, a batch and the counts of an edge, so these agree: a lane is in its edge's ready line, or
/// has the turn, exactly while it is ready; the parts of an edge are those of its lanes and those that are sent.
package struct EdgeQueues: ~Copyable {
    private var queues: ContiguousArray<EdgeQueue>
    private var lanes = Pool<Lane>()
    private var batches = Pool<InFlightBatch>()
    /// The lane that was taken out of its ready line, to be sent or to give its turn away.
    private var turn: Int?
    /// Edges that are dispatched once the event is dealt with, and how many of them have been.
    private var scheduled: [Int] = []
    private var dispatched = 0

    package init(edges: Int, weights: [Int]) {
        queues = ContiguousArray(repeating: EdgeQueue(weights: weights), count: edges)
    }

    package subscript(edge: Int) -> EdgeQueue {
        @inline(__always) _read { yield queues[edge] }
    }

    package subscript(lane lane: Int) -> Lane {
        @inline(__always) _read { yield lanes[lane] }
    }

    package subscript(batch batch: Int) -> InFlightBatch {
        @inline(__always) _read { yield batches[batch] }
    }

    // MARK: - Lanes

    package func isUsed(lane: Int) -> Bool { lanes.isUsed(lane) }
    package func laneKey(_ lane: Int) -> PoolKey { lanes.key(lane) }
    package func holds(lane key: PoolKey) -> Bool { lanes.holds(key) }
    package var laneIndices: [Int] { lanes.indices }

    package func lanes(of edge: Int) -> [Int] { lanes.indices.filter { lanes[$0].edge == edge } }

    /// The parts in a lane, those included that have left it since and are skipped.
    package func parts(in lane: Int) -> [PartKey] {
        (0..<lanes[lane].entries.count).map { lanes[lane].entries[$0].part }
    }

    package mutating func openLane(namespace: Int, edge: Int, priority: Int, isStrict: Bool) -> Int {
        let lane = lanes.reuse { Lane() }
        lanes[lane].reopen(namespace: namespace, edge: edge, priority: priority, isStrict: isStrict)
        return lane
    }

    /// The lane is empty; its slot is used again.
    package mutating func closeLane(_ lane: Int) {
        lanes[lane].close()
        lanes.remove(lane)
    }

    package mutating func linger(_ lane: Int) -> UInt32 { lanes[lane].linger() }

    package mutating func pause(_ lane: Int) -> UInt32 { lanes[lane].pause() }

    /// A pause, a linger or a batch of the lane is over.
    package mutating func becomeIdle(_ lane: Int) {
        precondition(lanes[lane].state != .ready, "a ready lane stays in its line until it has the turn")
        lanes[lane].becomeIdle()
    }

    package mutating func becomeReady(_ lane: Int) {
        lanes[lane].becomeReady()
        queues[lanes[lane].edge].lineUp(lane, priority: lanes[lane].priority)
        schedule(lanes[lane].edge)
    }

    // MARK: - Parts

    /// At the end of the lane, whether or not it may be sent already: so it keeps its position.
    package mutating func enqueue(_ entry: LaneEntry, in lane: Int, now: Int64) {
        lanes[lane].append(entry)
        queues[lanes[lane].edge].enqueue(now: now)
    }

    /// A part that failed goes to the front of its lane.
    package mutating func putBack(_ entry: LaneEntry, in lane: Int) {
        lanes[lane].putBack(entry)
        queues[lanes[lane].edge].putBack()
    }

    /// A part that waits has ended, or is delayed: its entry is skipped.
    package mutating func leaveLane(_ lane: Int, bytes: Int32) {
        lanes[lane].discount(bytes: bytes)
        queues[lanes[lane].edge].leaveLane()
    }

    /// A part that was sent has ended, or is delayed.
    package mutating func endSending(_ edge: Int) { queues[edge].endSending() }

    /// The entry is that of a part that has left, or that is being sent.
    package mutating func removeFirst(of lane: Int) -> LaneEntry? { lanes[lane].removeFirst() }

    /// The first entry becomes the last one.
    package mutating func rotate(_ lane: Int) {
        if let entry = lanes[lane].removeFirst() { lanes[lane].rotate(entry) }
    }

    // MARK: - Dispatch

    /// The edge is dispatched when all that the event brings about is decided.
    package mutating func schedule(_ edge: Int) {
        if queues[edge].schedule() { scheduled.append(edge) }
    }

    package mutating func nextScheduled() -> Int? {
        guard dispatched < scheduled.count else {
            scheduled.removeAll(keepingCapacity: true)
            dispatched = 0
            return nil
        }
        let edge = scheduled[dispatched]
        dispatched += 1
        queues[edge].startDispatch()
        return edge
    }

    /// The lane whose turn it is leaves its ready line. One of the next five functions ends its turn.
    package mutating func takeTurn(_ edge: Int) -> Int? {
        precondition(turn == nil, "one lane at a time has the turn")
        turn = queues[edge].nextLane()
        if let turn {
            precondition(lanes[turn].state == .ready && lanes[turn].edge == edge, "a lane in a line it is not in")
        }
        return turn
    }

    /// It is next again: its edge accepts it later.
    package mutating func giveTurnBack(_ lane: Int) {
        endTurn(of: lane)
        queues[lanes[lane].edge].lineUpFirst(lane, priority: lanes[lane].priority)
    }

    /// The other lanes come first.
    package mutating func passTurn(_ lane: Int) {
        endTurn(of: lane)
        queues[lanes[lane].edge].lineUp(lane, priority: lanes[lane].priority)
    }

    /// It has nothing to send.
    package mutating func leaveLine(_ lane: Int) {
        endTurn(of: lane)
        lanes[lane].becomeIdle()
    }

    private mutating func endTurn(of lane: Int) {
        precondition(turn == lane, "only the lane that has the turn gives it away")
        turn = nil
    }

    /// Deficit round robin: a lane whose next request is larger than what it may send lets the others go first.
    ///
    /// - Returns: whether it may send so many items now.
    package mutating func hasDeficit(_ lane: Int, items: Int, quantum: Int) -> Bool {
        let isAlone = !hasOthers(lane)
        return lanes[lane].startTurn(items: items, quantum: quantum, isAlone: isAlone)
    }

    /// Whether other lanes of its priority are ready.
    package func hasOthers(_ lane: Int) -> Bool {
        queues[lanes[lane].edge].ready.hasOthers(priority: lanes[lane].priority)
    }

    // MARK: - Batches

    package func batchKey(_ batch: Int) -> PoolKey { batches.key(batch) }
    package func holds(batch key: PoolKey) -> Bool { batches.holds(key) }

    /// An empty batch of a lane that has the turn.
    package mutating func makeBatch(_ lane: Int, at now: Instant, isProbe: Bool) -> Int {
        let batch = batches.reuse { InFlightBatch() }
        batches[batch].begin(lane: lane, edge: lanes[lane].edge, at: now, isProbe: isProbe)
        return batch
    }

    /// A part leaves its lane with the batch.
    package mutating func add(_ entry: LaneEntry, to batch: Int, item: Int, isCovered: Bool) {
        let lane = batches[batch].lane
        lanes[lane].discount(bytes: entry.weight.bytes)
        queues[lanes[lane].edge].sendPart()
        batches[batch].add(entry, item: item, isCovered: isCovered)
    }

    /// Nothing was left to send: the turn is over.
    package mutating func dropBatch(_ batch: Int) {
        precondition(batches[batch].entries.isEmpty, "a batch with parts is sent")
        leaveLine(batches[batch].lane)
        batches.remove(batch)
    }

    package mutating func send(_ batch: Int, items: Int) {
        let lane = batches[batch].lane
        endTurn(of: lane)
        lanes[lane].send(at: batches[batch].startedAt.monotonic)
        lanes[lane].charge(items: items)
        queues[lanes[lane].edge].beginBatch(items: items, priority: lanes[lane].priority)
    }

    /// The batch's outcome is known. Its lane sends nothing before that is applied.
    package mutating func answer(_ key: PoolKey) {
        precondition(batches.holds(key), "an outcome without a purge")
        precondition(lanes[batches[key.index].lane].isInFlight, "an outcome for a lane with nothing in flight")
        queues[batches[key.index].edge].endBatch()
    }

    /// Exchanges a batch, so that its entries can be worked on: put back, its memory serves the next one.
    package mutating func swapBatch(_ batch: Int, with other: inout InFlightBatch) { swap(&batches[batch], &other) }

    /// The outcome is applied to all its parts.
    package mutating func closeBatch(_ key: PoolKey) { batches.remove(key.index) }
}
