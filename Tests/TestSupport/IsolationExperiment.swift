import Runtime

/// How long requests take to two healthy edges: first with these alone, then with the same traffic beside an edge
/// that is dead, one that takes two seconds for each call, and a namespace that publishes far more than the others.
public final class IsolationExperiment {
    private static let refused = "http://127.0.0.1:9"

    private let world: ProcessWorld
    private let healthy: [PurgeRecorder]
    private let slow: PurgeRecorder
    private let traffic: PacedTraffic
    private let warmUp: Duration

    /// - Parameters:
    ///   - traffic: of each run, without noise.
    ///   - warmUp: how long each kind of run goes on before it is measured. A broker takes long for everything that it
    ///     does for the first time, such as filling an index of a retry topic with zeros.
    ///   - heap: of the broker.
    public init(
        _ traffic: PacedTraffic, warmUp: Duration = .seconds(4), heap: String = KafkaBroker.smallHeap
    ) throws {
        self.traffic = traffic
        self.warmUp = warmUp
        world = try ProcessWorld("isolation", heap: heap)
        healthy = [try PurgeRecorder(), try PurgeRecorder()]
        slow = try PurgeRecorder(pause: .seconds(2))
    }

    /// - Throws: when a request does not arrive.
    public func run() throws -> IsolationResult {
        let quiet = healthy.enumerated().map { Self.edge("healthy-\($0.offset + 1)", $0.element.address) }
        try world.configure(edges: quiet)
        try world.applyTopics()
        let control = try measureWarm("control", traffic)

        var noisy = traffic
        noisy.noise = PacedTraffic.Noise()
        try world.configure(edges: quiet + [Self.edge("dead", Self.refused), Self.edge("slow", slow.address)])
        return IsolationResult(control: control, disturbed: try measureWarm("disturbed", noisy))
    }

    private func measureWarm(_ name: String, _ traffic: PacedTraffic) throws -> IsolationResult.Run {
        var first = traffic
        first.duration = warmUp
        _ = try measure("warm-up-\(name)", first)
        return try measure(name, traffic)
    }

    private static func edge(_ name: String, _ address: String) -> String {
        "{name: \(name), adapter: http, address: \"\(address)\", limits: {requests: none}}"
    }

    private func measure(_ name: String, _ traffic: PacedTraffic) throws -> IsolationResult.Run {
        let publisher = try RequestPublisher(world.broker.configuration)
        // Whoever publishes that much sends it in batches.
        let noisy = try RequestPublisher(world.broker.configuration, linger: .milliseconds(20))
        try world.start("worker", as: "worker-\(name)")
        // Joining the group and opening connections is not what is measured.
        let before = healthy[0].count
        for number in 0..<traffic.namespaces {
            try publisher.publish(namespace: traffic.namespace(of: number), tag: "\(name)-first-\(number)")
        }
        try publisher.finish()
        try waitForArrivals(before + traffic.namespaces)

        let published = try traffic.publish(name, with: publisher, noisy: noisy)
        try waitForArrivals(before + traffic.namespaces + published.requests.count + published.noise)
        // A worker that leaves its group in peace keeps nobody waiting for its partitions; what is open at the slow
        // edge would take it long.
        try world.stopAtOnce("worker-\(name)")
        return try latencies(name, traffic, published, publisher)
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
        _ name: String, _ traffic: PacedTraffic, _ published: PacedTraffic.Published, _ publisher: RequestPublisher
    ) throws -> IsolationResult.Run {
        var run = IsolationResult.Run()
        for (number, request) in published.requests.enumerated() {
            let arrivals = healthy.compactMap {
                $0.arrivals.time(namespace: traffic.namespace(of: number), "\(name)-\(number)")
            }
            guard arrivals.count == healthy.count, let last = arrivals.max() else {
                throw ProcessWorldError("request \(number) was lost")
            }
            guard let storedAt = publisher.storedAt[request.number] else {
                throw ProcessWorldError("request \(number) arrived and was not stored")
            }
            run.fromPublication.append(last - request.sentAt)
            // The acknowledgement may be taken later than the purge comes.
            run.fromStorage.append(max(.zero, last - storedAt))
        }
        return run
    }
}

/// Latencies without and with disturbance.
public struct IsolationResult: CustomStringConvertible, Sendable {
    /// Until a request has reached both healthy edges.
    public struct Run: Sendable {
        public var fromPublication: [Duration] = []
        /// From Kafka's acknowledgement on: without the time that the broker takes.
        public var fromStorage: [Duration] = []
    }

    public var control: Run
    public var disturbed: Run

    init(control: Run, disturbed: Run) {
        self.control = control
        self.disturbed = disturbed
    }

    /// Of nothing yet.
    public init() {
        self.init(control: Run(), disturbed: Run())
    }

    /// Takes the latencies of another experiment in.
    public mutating func add(_ other: IsolationResult) {
        control.fromPublication += other.control.fromPublication
        control.fromStorage += other.control.fromStorage
        disturbed.fromPublication += other.disturbed.fromPublication
        disturbed.fromStorage += other.disturbed.fromStorage
    }

    /// Of the 99th percentiles, from publication on.
    public var ratio: Double { Self.ratio(disturbed.fromPublication, control.fromPublication) }

    public var description: String {
        """
        until both healthy edges have it, from publication on:
          control run:                                  \(LatencySummary(control.fromPublication))
          with a dead edge, a slow one and much noise:  \(LatencySummary(disturbed.fromPublication))
          ratio of the p99: \(Self.rounded(ratio))
        from Kafka's acknowledgement on:
          control run:                                  \(LatencySummary(control.fromStorage))
          with a dead edge, a slow one and much noise:  \(LatencySummary(disturbed.fromStorage))
          ratio of the p99: \(Self.rounded(Self.ratio(disturbed.fromStorage, control.fromStorage)))
        """
    }

    private static func ratio(_ disturbed: [Duration], _ control: [Duration]) -> Double {
        LatencySummary(disturbed).p99 / LatencySummary(control).p99
    }

    private static func rounded(_ ratio: Double) -> Double { (ratio * 100).rounded() / 100 }
}
