/// Edge queue: what waits for one edge and what is with it, in numbers, and its ready lanes.
///
/// `EdgeQueues` changes it together with the lanes that it counts.
package struct EdgeQueue {
    package private(set) var ready: ReadyLanes
    /// Parts that wait in its lanes.
    package private(set) var waiting = 0
    /// Parts that are with the edge, or whose outcome is not applied yet.
    package private(set) var sending = 0
    /// Batches with the edge.
    package private(set) var inFlight = 0
    /// When a part was last put into one of its lanes, on the monotonic clock.
    package private(set) var lastWorkAt: Int64 = .min / 2
    /// It is dispatched once the event is dealt with.
    package private(set) var isScheduled = false

    package init(weights: [Int]) {
        ready = ReadyLanes(weights: weights)
    }

    /// Parts that have not ended, and do not wait for their time.
    package var parts: Int { waiting + sending }

    // MARK: - Parts

    package mutating func enqueue(now: Int64) {
        waiting += 1
        lastWorkAt = now
    }

    package mutating func leaveLane() {
        waiting -= 1
        precondition(waiting >= 0, "more parts left the lanes of an edge than came")
    }

    package mutating func sendPart() {
        leaveLane()
        sending += 1
    }

    package mutating func endSending() {
        sending -= 1
        precondition(sending >= 0, "more parts left an edge than were sent")
    }

    package mutating func putBack() {
        endSending()
        waiting += 1
    }

    // MARK: - Batches

    package mutating func beginBatch(items: Int, priority: Int) {
        inFlight += 1
        ready.charge(priority: priority, cost: items)
    }

    package mutating func endBatch() {
        inFlight -= 1
        precondition(inFlight >= 0, "more batches ended than began")
    }

    // MARK: - Its ready lanes

    package mutating func lineUp(_ lane: Int, priority: Int) { ready.append(lane, priority: priority) }

    package mutating func lineUpFirst(_ lane: Int, priority: Int) { ready.giveBack(lane, priority: priority) }

    package mutating func nextLane() -> Int? { ready.next() }

    // MARK: - Dispatch

    /// - Returns: false where it is scheduled already.
    package mutating func schedule() -> Bool {
        defer { isScheduled = true }
        return !isScheduled
    }

    package mutating func startDispatch() { isScheduled = false }
}
