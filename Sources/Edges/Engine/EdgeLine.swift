internal import HTTP
internal import Invalidations
internal import Runtime

/// One edge's place in the engine: who uses its connections, who waits for one, and what the edge has proven.
///
/// A call in a pipeline uses one of the edge's capacity, and a call on a connection of its own as much as a connection
/// carries.
struct EdgeLine {
    let edge: EdgeConfiguration
    /// Calls that a connection carries at a time.
    let depth: Int
    /// Calls on their way at a time, as if all connections had as many as they carry.
    let capacity: Int
    var connections: Int { capacity / depth }
    /// Kinds that the edge must have been seen to understand.
    let wideKinds: SelectorKinds
    /// Calls of one batch on their way together. Half of the capacity stays for others, which come first.
    let windowMax: Int
    private let pipelinedKinds: SelectorKinds
    private var headers: HeaderLists
    /// Nil for an edge whose calls each have a connection of their own.
    private(set) var pipeline: PipelinedClient?

    /// What is used of the capacity.
    var used = 0
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
    private static let pipelinedWindowMost = 128

    init(_ edge: EdgeConfiguration, connections: Int) {
        self.edge = edge
        depth = edge.isPipelined ? PipelineConfiguration.depthDefault : 1
        capacity = connections * depth
        let most = edge.isPipelined ? Self.pipelinedWindowMost : Self.windowMost
        wideKinds = edge.adapter.capabilities.wideKinds
        pipelinedKinds = edge.adapter.capabilities.pipelinedKinds
        windowMax = max(1, min(most, capacity / 2))
        headers = HeaderLists(edge)
    }

    /// - Parameter finished: gets the results of calls in the edge's pipelines.
    mutating func openPipeline(
        on loop: EventLoop, _ finished: @escaping (UInt64, HTTPClientResult) -> Void
    ) throws {
        guard edge.isPipelined else { return }
        var configuration = PipelineConfiguration()
        configuration.connectionsMax = max(1, capacity / depth)
        configuration.depth = depth
        pipeline = try PipelinedClient(loop: loop, url: edge.address.text, configuration: configuration)
        pipeline?.onFinish = finished
    }

    /// The client that sends such a call behind others; nil when it has a connection of its own.
    func pipeline(for call: EdgeCall) -> PipelinedClient? {
        guard let pipeline, call.kinds.isSubset(of: pipelinedKinds), call.body.isEmpty,
            pipeline.isTrusted
        else { return nil }
        return pipeline
    }

    /// The call as the client makes it; headers that many calls share are built once.
    mutating func request(_ call: EdgeCall, timeout: Duration? = nil) -> HTTPClientRequest {
        edge.request(call, &headers, timeout: timeout)
    }

    /// There is nothing left for the edge to prove.
    var isProven: Bool { wideKinds.isSubset(of: proven) }

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
