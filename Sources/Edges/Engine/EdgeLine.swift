internal import HTTP
internal import Invalidations

/// One edge's place in the engine: who uses its connections, who waits for one, and what the edge has proven.
struct EdgeLine {
    let edge: EdgeConfiguration
    let connections: Int
    /// Calls of one batch on their way together. Half of the connections stay for others, which come first.
    let windowMax: Int
    private var headers: HeaderLists

    var running = 0
    /// Batches without a connection.
    var waiting = RingBuffer<Int>()
    /// Batches that have one, and calls for more.
    var working = RingBuffer<Int>()
    /// Batches with calls that the edge has not been seen to understand.
    var unproven: [Int] = []

    /// Wide kinds that the edge has purged a marker of, since this process began.
    private(set) var proven: SelectorKinds = []
    var checking: Checking?
    /// What is to be checked once no check is under way: for those who asked, …
    var checksWanted = 0
    /// … and for batches.
    var toProve: SelectorKinds = []

    /// A check under way.
    struct Checking {
        let kinds: SelectorKinds
        var runs: [ProbeRun]
        var open: Int
        /// Checks that it answers; none when it is for batches alone.
        var asked: Int
    }

    private static let windowMost = 32

    init(_ edge: EdgeConfiguration, connections: Int) {
        self.edge = edge
        self.connections = connections
        windowMax = edge.adapter.capabilities.isOrdered ? 1 : max(1, min(Self.windowMost, connections / 2))
        headers = HeaderLists(edge)
    }

    /// The call as the client makes it; headers that many calls share are built once.
    mutating func request(_ call: EdgeCall, timeout: Duration? = nil) -> HTTPClientRequest {
        edge.request(call, &headers, timeout: timeout)
    }

    /// Kinds that the edge must have been seen to understand.
    var wideKinds: SelectorKinds { edge.adapter.capabilities.wideKinds }

    /// Of those kinds, what the edge must prove first.
    func unproven(of kinds: SelectorKinds) -> SelectorKinds {
        kinds.intersection(wideKinds).subtracting(proven)
    }

    mutating func recordProbe(_ run: ProbeRun) {
        if run.failure == nil { proven.formUnion(run.probe.kinds) } else { proven.subtract(run.probe.kinds) }
    }

    /// A wide call was not understood: the edge may have another configuration by now, and is to prove itself anew.
    ///
    /// - Returns: what that means for calls of its kind which were not sent; nil when the call was understood.
    mutating func misunderstanding(_ outcome: CallOutcome, _ call: EdgeCall) -> PurgeFailure? {
        guard case .failed(let failure, _) = outcome, failure.isPermanent,
            !call.kinds.isDisjoint(with: wideKinds)
        else { return nil }
        // Some selectors are refused for their own sake.
        let isOwn = failure.failureClass == .permanentItem && (400..<500).contains(failure.status ?? 0)
        guard !isOwn else { return nil }
        proven.subtract(call.kinds)
        return PurgeFailure(.permanentTarget, "not sent, after \(failure.message)", status: failure.status)
    }
}
