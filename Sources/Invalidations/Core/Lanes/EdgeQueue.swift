/// Edge queue: what waits for one edge and what is with it, in numbers, and its ready lanes.
///
/// `EdgeQueues` changes it together with the lanes that it counts.
struct EdgeQueue {
    private(set) var ready: ReadyLanes
    /// Parts that wait in its lanes.
    private(set) var waiting = 0
    /// Parts that are with the edge, or whose outcome is not applied yet.
    private(set) var sending = 0
    /// Batches with the edge.
    private(set) var inFlight = 0
    /// When a part was last put into one of its lanes, on the monotonic clock.
    private(set) var lastWorkAt: Int64 = .min / 2
    /// It is dispatched once the event is dealt with.
    private(set) var isScheduled = false

    init(weights: [Int]) {
        ready = ReadyLanes(weights: weights)
    }

    /// Parts that have not ended, and do not wait for their time.
    var parts: Int { waiting + sending }

    // MARK: - Parts

    mutating func enqueue(now: Int64) {
        waiting += 1
        lastWorkAt = now
    }

    mutating func leaveLane() {
        waiting -= 1
        precondition(waiting >= 0, "more parts left the lanes of an edge than came")
    }

    mutating func sendPart() {
        leaveLane()
        sending += 1
    }

    mutating func endSending() {
        sending -= 1
        precondition(sending >= 0, "more parts left an edge than were sent")
    }

    mutating func putBack() {
        endSending()
        waiting += 1
    }

    // MARK: - Batches

    mutating func beginBatch(items: Int, priority: Int) {
        inFlight += 1
        ready.charge(priority: priority, cost: items)
    }

    mutating func endBatch() {
        inFlight -= 1
        precondition(inFlight >= 0, "more batches ended than began")
    }

    // MARK: - Its ready lanes

    mutating func lineUp(_ lane: Int, priority: Int) { ready.append(lane, priority: priority) }

    mutating func lineUpFirst(_ lane: Int, priority: Int) { ready.giveBack(lane, priority: priority) }

    mutating func nextLane() -> Int? { ready.next() }

    // MARK: - Dispatch

    /// - Returns: false where it is scheduled already.
    mutating func schedule() -> Bool {
        defer { isScheduled = true }
        return !isScheduled
    }

    mutating func startDispatch() { isScheduled = false }
}
