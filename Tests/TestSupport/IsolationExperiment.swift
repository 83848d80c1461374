import Runtime
import TopicCatalogue

/// How long requests take to two healthy edges: first with these alone, then with the same traffic beside an edge
/// that is dead, one that takes two seconds for each call, and a namespace that publishes far more than the others.
public final class IsolationExperiment {
    public struct Result: CustomStringConvertible, Sendable {
        public let control: LatencySummary
        public let disturbed: LatencySummary

        /// Of the 99th percentiles.
        public var ratio: Double { disturbed.p99 / control.p99 }

        public var description: String {
            """
            from publication to arrival at both healthy edges:
              control run:                                  \(control)
              with a dead edge, a slow one and much noise:  \(disturbed)
              ratio of the p99: \((ratio * 100).rounded() / 100)
            """
        }
    }

    private static let refused = "http://127.0.0.1:9"

    private let world: ProcessWorld
    private let healthy: [PurgeRecorder]
    private let slow: PurgeRecorder
    private let traffic: PacedTraffic

    /// - Parameter traffic: without noise.
    public init(_ traffic: PacedTraffic) throws {
        self.traffic = traffic
        world = try ProcessWorld("isolation")
        healthy = [try PurgeRecorder(), try PurgeRecorder()]
        slow = try PurgeRecorder(pause: .seconds(2))
    }

    /// - Throws: when a request does not arrive, or holds back the offsets.
    public func run() throws -> Result {
        let quiet = healthy.enumerated().map { Self.edge("healthy-\($0.offset + 1)", $0.element.address) }
        try world.configure(edges: quiet)
        try world.applyTopics()
        let control = try measure("control", traffic)
        // One that leaves its group in peace keeps nobody waiting for its partitions.
        _ = try world.stop("worker-control")
        var noisy = traffic
        noisy.noise = PacedTraffic.Noise()
        try world.configure(
            edges: quiet + [Self.edge("dead", Self.refused), Self.edge("slow", slow.address)])
        return Result(control: control, disturbed: try measure("disturbed", noisy))
    }

    private static func edge(_ name: String, _ address: String) -> String {
        "{name: \(name), adapter: http, address: \"\(address)\", limits: {requests: none}}"
    }

    private func measure(_ name: String, _ traffic: PacedTraffic) throws -> LatencySummary {
        let publisher = try RequestPublisher(world.broker.configuration)
        try world.start("worker", as: "worker-\(name)")
        // Joining the group and opening connections is not what is measured.
        let before = healthy[0].count
        for number in 0..<traffic.namespaces {
            try publisher.publish(namespace: traffic.namespace(of: number), tag: "\(name)-first-\(number)")
        }
        try publisher.finish()
        try waitForArrivals(before + traffic.namespaces)

        let published = try traffic.publish(name, with: publisher)
        try waitForArrivals(before + traffic.namespaces + published.times.count + published.noise)
        let latencies = try latencies(name, traffic, published)
        try world.explained {
            try eventually("all offsets of the invalidation topics are committed", within: .seconds(60)) {
                try world.lag(TopicName.invalidations) == 0
            }
        }
        return LatencySummary(latencies)
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
        _ name: String, _ traffic: PacedTraffic, _ published: PacedTraffic.Published
    ) throws -> [Duration] {
        try published.times.enumerated().map { number, time in
            let arrivals = healthy.compactMap {
                $0.arrivals.time(namespace: traffic.namespace(of: number), "\(name)-\(number)")
            }
            guard arrivals.count == healthy.count, let last = arrivals.max() else {
                throw ProcessWorldError("request \(number) was lost")
            }
            return last - time
        }
    }
}
