/// What one namespace has to say to one edge in one priority, in publish order, with at most one purge in flight.
struct Lane {
    enum State: Equatable {
        /// Nothing to send: nothing waits, or the first that waits is held. Becomes `ready` or `lingering`.
        case idle
        /// Waits a moment for more. Becomes `ready` when the moment is over or a batch is full.
        case lingering
        /// In line for the edge. Becomes `inFlight`, or `idle` when what waited is gone.
        case ready
        /// A batch is with the edge. Becomes `idle` or `resting` when it ends.
        case inFlight
        /// The edge failed. Becomes `idle` when the pause is over.
        case resting
    }

    var namespace = -1
    var edge = -1
    var priority = 0
    /// One request at a time, in order across retries.
    var isStrict = false
    var state = State.idle
    /// Some of them may have ended in the meantime, by a guard or a cancellation: they are skipped.
    var waiting = RingBuffer<LaneEntry>()
    /// Those that have not ended, and the bytes of their selectors.
    var requests = 0
    var bytes = 0
    /// When its last batch was sent, on the monotonic clock.
    var sentAt: Int64 = 0
    /// Items it may still send in its turn.
    var deficit = 0

    /// Timers that were set for an earlier use of the place, or an earlier rest, find another number.
    var wakeNumber: UInt32 = 0
}

/// One request's part in a lane.
struct LaneEntry {
    let part: PartKey
    let weight: SelectorMeasure
    /// Attempts in this retry round of the worker.
    var attempts: UInt8 = 0
    /// Requests that may travel in one batch with it, itself included: halved each time the edge refuses a batch
    /// with this entry in it, until the one that it will not take is alone.
    var companionsMax: Int32 = .max
}

/// One edge's part of an open record.
struct PartKey: Hashable {
    let record: PoolKey
    let target: Int32
}
