/// What one namespace has to say to one edge, in publish order, with at most one purge in flight.
final class Lane {
    enum State: Equatable {
        /// Nothing in flight; becomes `inFlight` as soon as something waits.
        case idle
        /// A batch is with the edge; becomes `idle` or `resting` when it ends.
        case inFlight
        /// The edge failed; becomes `inFlight` when the pause is over.
        case resting
    }

    let namespace: Int
    let edge: Int
    var state = State.idle
    var waiting = RingBuffer<LaneEntry>()
    var inFlight: [LaneEntry] = []

    init(namespace: Int, edge: Int) {
        self.namespace = namespace
        self.edge = edge
    }
}

/// One request's part in a lane.
struct LaneEntry {
    let record: Int
    /// The edge's place among the record's targets.
    let target: Int
    var attempts = 0
    /// Set once the edge refused a batch with this entry in it: it travels alone, so that one bad
    /// item cannot take its neighbours with it.
    var travelsAlone = false
}
