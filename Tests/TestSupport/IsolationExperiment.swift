import Runtime

/// How long requests take to two healthy edges: with these alone, or beside an edge that is dead, one that takes two
/// seconds for each call, and a namespace that publishes far more than the others. Each run has a broker of its own.
public final class IsolationExperiment {
    public enum Kind: String, Sendable {
        case control, disturbed
    }

    /// What the tags of the requests that count begin with.
    private static let measured = "measured"
    private static let refused = "http://127.0.0.1:9"

    private let kind: Kind
    private let world: ProcessWorld
    private let healthy: [PurgeRecorder]
    private let slow: PurgeRecorder
    private let traffic: PacedTraffic
    private let warmUp: Duration
    private let hasKills: Bool
    /// Short, so that a killed worker's partitions move on soon.
    private static let sessionTimeout = "6s"

    /// - Parameters:
    ///   - traffic: without noise.
    ///   - hasKills: there are three workers; at a quarter of the time one is killed, at half of it another one is
    ///     asked to stop, and at three quarters the broker restarts.
    ///   - warmUp: how long it goes on before it is measured, with the same processes. A broker takes long for
    ///     everything that it does for the first time, such as filling an index of a retry topic with zeros, and a
    ///     process for memory that it touches for the first time.
    ///   - heap: of the broker.
    public init(
        _ kind: Kind, _ traffic: PacedTraffic, warmUp: Duration = .seconds(4), hasKills: Bool = false,
        heap: String = KafkaBroker.smallHeap
    ) throws {
        self.kind = kind
        self.warmUp = warmUp
        self.hasKills = hasKills
        var traffic = traffic
        if kind == .disturbed { traffic.noise = PacedTraffic.Noise() }
        self.traffic = traffic
        world = try ProcessWorld("isolation", heap: heap)
        healthy = [try PurgeRecorder(), try PurgeRecorder()]
        slow = try PurgeRecorder(pause: .seconds(2))
    }

    /// - Throws: when a request does not arrive.
    public func run() throws -> Latencies {
        var edges = healthy.enumerated().map { Self.edge("healthy-\($0.offset + 1)", $0.element.address) }
        if kind == .disturbed { edges += [Self.edge("dead", Self.refused), Self.edge("slow", slow.address)] }
        try world.configure(edges: edges, kafka: ["sessionTimeout: \(Self.sessionTimeout)"])
        try world.applyTopics()
        let publisher = try RequestPublisher(world.broker.configuration)
        // A publisher of that much sends it in batches.
        let noisy = try RequestPublisher(world.broker.configuration, linger: .milliseconds(20))
        let workers = (1...(hasKills ? 3 : 1)).map { "worker-\($0)" }
        for worker in workers { try world.startRole("worker", as: worker) }
        // Joining the group and opening connections is not what is measured.
        var expected = traffic.namespaces
        for number in 0..<traffic.namespaces {
            try publisher.publish(namespace: traffic.namespace(of: number), tag: "first-\(number)")
        }
        try publisher.finish()
        try waitForArrivals(expected)

        var first = traffic
        first.duration = warmUp
        expected += try first.publish("warm-up", with: publisher, noisy: noisy).count
        let published = try traffic.publish(
            Self.measured, with: publisher, noisy: noisy, interruptions: hasKills ? kills : [])
        expected += published.count
        try waitForArrivals(expected)
        // What is open at the slow edge would take them long.
        for worker in workers { try world.stopAtOnce(worker) }
        return try latencies(published, publisher)
    }

    private var kills: [(time: Duration, body: () throws -> Void)] {
        [
            (traffic.duration / 4, { [world] in world.kill("worker-1") }),
            (traffic.duration / 2, { [world] in world.askToStop("worker-2") }),
            (
                traffic.duration * 3 / 4,
                { [world] in
                    try world.broker.stop()
                    try world.broker.startBroker()
                }
            ),
        ]
    }

    private static func edge(_ name: String, _ address: String) -> String {
        "{name: \(name), adapter: http, address: \"\(address)\", limits: {requests: none}}"
    }

    private func waitForArrivals(_ count: Int) throws {
        try world.explained {
            try eventually("\(count) requests reached the healthy edges", within: .seconds(60)) {
                healthy.allSatisfy { $0.count >= count }
            }
        }
    }

    /// Until the later of the two has it.
    private func latencies(
        _ published: PacedTraffic.Published, _ publisher: RequestPublisher
    ) throws -> Latencies {
        var run = Latencies()
        for (number, request) in published.requests.enumerated() {
            let arrivals = healthy.compactMap {
                $0.arrivals.time(namespace: traffic.namespace(of: number), "\(Self.measured)-\(number)")
            }
            guard arrivals.count == healthy.count, let last = arrivals.max() else {
                throw ProcessWorldError("request \(number) was lost")
            }
            guard let storedAt = publisher.storedAt[request.number] else {
                throw ProcessWorldError("request \(number) arrived and was not stored")
            }
            run.fromPublication.append(last - request.dueAt)
            // The acknowledgement may be taken later than the purge comes.
            run.fromStorage.append(max(.zero, last - storedAt))
        }
        return run
    }
}

extension IsolationExperiment {
    public struct Latencies: Sendable {
        /// Until a request has reached both healthy edges.
        public var fromPublication: [Duration] = []
        /// From Kafka's acknowledgement on: without the time that the broker takes.
        public var fromStorage: [Duration] = []
    }
}

/// Latencies without and with disturbance.
public struct IsolationResult: CustomStringConvertible, Sendable {
    public private(set) var control = IsolationExperiment.Latencies()
    public private(set) var disturbed = IsolationExperiment.Latencies()
    /// Of each run, in the order in which they were made.
    private var runs: [(kind: IsolationExperiment.Kind, summary: LatencySummary)] = []

    public init() {}

    public mutating func add(_ run: IsolationExperiment.Latencies, _ kind: IsolationExperiment.Kind) {
        switch kind {
        case .control: Self.add(run, to: &control)
        case .disturbed: Self.add(run, to: &disturbed)
        }
        runs.append((kind, LatencySummary(run.fromPublication)))
    }

    private static func add(_ run: IsolationExperiment.Latencies, to all: inout IsolationExperiment.Latencies) {
        all.fromPublication += run.fromPublication
        all.fromStorage += run.fromStorage
    }

    /// Of the 99th percentiles, from publication on.
    public var ratio: Double { Self.ratio(disturbed.fromPublication, control.fromPublication) }

    public var description: String {
        """
        until both healthy edges have it, from publication on:
        \(runs.map { "  one run, \($0.kind): \($0.summary)" }.joined(separator: "\n"))
          all control runs:                             \(LatencySummary(control.fromPublication))
          with a dead edge, a slow one and much noise:  \(LatencySummary(disturbed.fromPublication))
          ratio of the p99: \(Self.rounded(ratio))
        from Kafka's acknowledgement on:
          all control runs:                             \(LatencySummary(control.fromStorage))
          with a dead edge, a slow one and much noise:  \(LatencySummary(disturbed.fromStorage))
          ratio of the p99: \(Self.rounded(Self.ratio(disturbed.fromStorage, control.fromStorage)))
        """
    }

    private static func ratio(_ disturbed: [Duration], _ control: [Duration]) -> Double {
        LatencySummary(disturbed).p99 / LatencySummary(control).p99
    }

    private static func rounded(_ ratio: Double) -> Double { (ratio * 100).rounded() / 100 }
}
