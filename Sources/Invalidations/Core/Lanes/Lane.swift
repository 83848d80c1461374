/// Lane: the parts that one namespace sends to one edge in one priority, in the order of publishing.
///
/// At most one batch of it is in flight. It alone counts its requests and their bytes, and each change of its state
/// asserts the one before.
package struct Lane {
    package enum State: Equatable {
        /// Nothing to send: no part waits, or the first that waits is held.
        case idle
        /// Waits a moment for more parts.
        case lingering(wake: UInt32)
        /// Among the ready lanes of its edge.
        case ready
        /// A batch is with the edge, since that time on the monotonic clock.
        case inFlight(since: Int64)
        /// The edge failed, or gets nothing of the namespace for a while.
        case paused(wake: UInt32)
    }

    package private(set) var namespace = -1
    package private(set) var edge = -1
    package private(set) var priority = 0
    /// One request at a time, in order across retries.
    package private(set) var isStrict = false
    package private(set) var state = State.idle
    /// Some of the parts may have ended in the meantime, by a guard or a cancellation: they are skipped.
    package private(set) var entries = RingBuffer<LaneEntry>()
    /// Parts that have not ended, and the bytes of their selectors.
    package private(set) var requests = 0
    package private(set) var bytes = 0
    /// Items that it may still send in its turn.
    package private(set) var deficit = 0
    /// Counts pauses and lingers, those of earlier uses of the slot included: a timer finds the one that it was set
    /// for.
    private var wakes: UInt32 = 0

    /// A new lane in a slot whose memory is used again.
    mutating func reopen(namespace: Int, edge: Int, priority: Int, isStrict: Bool) {
        precondition(requests == 0 && entries.isEmpty, "a closed lane is not empty")
        (self.namespace, self.edge, self.priority, self.isStrict) = (namespace, edge, priority, isStrict)
        (state, deficit) = (.idle, 0)
    }

    mutating func close() {
        precondition(canChange && requests == 0, "only an empty lane is closed")
        while entries.popFirst() != nil {}
        state = .idle
    }

    // MARK: - Parts

    /// At the end, whether or not it may be sent already: so it keeps its position.
    mutating func append(_ entry: LaneEntry) {
        count(entry)
        entries.append(entry)
    }

    /// At the front: parts that failed are sent again before later ones.
    mutating func putBack(_ entry: LaneEntry) {
        count(entry)
        entries.prepend(entry)
    }

    private mutating func count(_ entry: LaneEntry) {
        requests += 1
        bytes += Int(entry.weight.bytes)
    }

    /// A part has left: it was sent, or it ended and its entry is skipped.
    mutating func discount(bytes weight: Int32) {
        requests -= 1
        bytes -= Int(weight)
        precondition(requests >= 0 && bytes >= 0, "a lane lost more than it has")
    }

    /// The entry is that of a part that has left, or that is being sent: its weight is discounted by itself.
    mutating func removeFirst() -> LaneEntry? { entries.popFirst() }

    /// The first entry becomes the last one.
    mutating func rotate(_ entry: LaneEntry) { entries.append(entry) }

    // MARK: - State

    /// Whether its state follows from its parts alone.
    package var canChange: Bool {
        switch state {
        case .idle, .lingering: true
        case .ready, .inFlight, .paused: false
        }
    }

    var isInFlight: Bool {
        if case .inFlight = state { return true }
        return false
    }

    /// Whether a timer with that number is the one that the lane waits for.
    func waits(for wake: UInt32) -> Bool {
        switch state {
        case .lingering(let number), .paused(let number): number == wake
        case .idle, .ready, .inFlight: false
        }
    }

    /// - Returns: the number of the timer that ends it.
    mutating func linger() -> UInt32 {
        precondition(state == .idle, "only an idle lane lingers")
        wakes &+= 1
        state = .lingering(wake: wakes)
        return wakes
    }

    /// - Returns: the number of the timer that ends it.
    mutating func pause() -> UInt32 {
        precondition(canChange || isInFlight, "a lane that is about to send is not paused")
        wakes &+= 1
        state = .paused(wake: wakes)
        return wakes
    }

    mutating func becomeReady() {
        precondition(canChange, "a lane is ready once")
        state = .ready
    }

    mutating func send(at now: Int64) {
        precondition(state == .ready, "only a ready lane sends")
        state = .inFlight(since: now)
    }

    mutating func becomeIdle() { state = .idle }

    // MARK: - Its turn

    /// Deficit round robin: a lane whose next request is larger than what it may send lets the others go first.
    ///
    /// - Returns: whether it may send so many items now.
    mutating func startTurn(items: Int, quantum: Int, isAlone: Bool) -> Bool {
        guard !isAlone else {
            deficit = 0
            return true
        }
        deficit += quantum
        return items <= deficit
    }

    mutating func charge(items: Int) { deficit = requests == 0 ? 0 : max(0, deficit - items) }
}

/// One request's part in a lane.
package struct LaneEntry {
    package let part: PartKey
    package let weight: SelectorMeasure
    /// Attempts in this retry round of the worker.
    package var attempts: UInt8 = 0
    /// Requests that may travel in one batch with it, itself included: halved each time the edge refuses a batch
    /// with this entry in it, until the one that it does not accept is alone.
    var companionsMax: Int32 = .max

    package init(part: PartKey, weight: SelectorMeasure) {
        (self.part, self.weight) = (part, weight)
    }
}

/// One edge's part of an open record.
package struct PartKey: Hashable {
    package let record: PoolKey
    package let target: Int32

    package init(record: PoolKey, target: Int32) {
        (self.record, self.target) = (record, target)
    }
}
