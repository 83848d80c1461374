import Runtime
import TestSupport
import Testing
import TopicCatalogue

/// Two worker processes on a real Kafka, and an edge that is down.
@Suite(.serialized, .enabled(if: KafkaHome.isAvailable, "needs a real Kafka: set KAFKA_HOME"))
struct EdgeOutageTests {
    private static let requests = 5_000
    private static let namespaces = 50
    /// Calls a second at the edge that was down, …
    private static let limit = 400
    /// … and at once after a rest.
    private static let burst = 20
    /// Of each worker to that edge. Calls that are under way on a busy machine may arrive in one moment.
    private static let connections = 8

    private final class World {
        let processes: ProcessWorld
        let others: [PurgeRecorder]
        let port: Int

        init() throws {
            processes = try ProcessWorld("outage")
            others = [try PurgeRecorder(), try PurgeRecorder()]
            port = try freePort()
            let lines = others.enumerated().map { number, recorder in
                "{name: up-\(number + 1), adapter: http, address: \"\(recorder.address)\", limits: {requests: none}}"
            }
            let late = """
                {name: late, adapter: http, address: "http://127.0.0.1:\(port)", batchItems: 1, \
                connections: \(connections), limits: {requests: \(limit)/s, requestsBurst: \(burst)}}
                """
            // What has been tried twice is not due while the test goes on.
            try processes.configure(edges: lines + [late], more: "worker: {retryDelays: [10s, 10m, 20m, 1h]}")
            try processes.applyTopics()
        }
    }

    @Test(.timeLimit(.minutes(6)))
    func anEdgeThatComesBackIsCaughtUpAtOnceAndNobodyElseIsTouched() throws {
        let world = try World()
        for number in 1...2 { try world.processes.startRole("worker", as: "worker-\(number)") }
        try publish(to: world)
        try waitUntilOnlyTheLateEdgeIsLeft(world)

        let before = world.others.map { ($0.calls.count, $0.arrivals.repeats) }
        let late = try PurgeRecorder(port: world.port)
        defer { late.stop() }
        let begin = MonotonicTime.now()
        // What waits is due in ten minutes, or later: it does not wait that long.
        try world.processes.explained {
            try eventually("the late edge has everything", within: .seconds(90)) { late.count == Self.requests }
        }
        print("caught up \(Self.requests) requests in \(MonotonicTime.now() - begin)")
        checkLimit(late.calls)
        try world.processes.explained {
            try eventually("nothing waits on any retry topic", within: .seconds(60)) {
                try world.processes.lag(TopicName.retries) == 0
            }
        }
        for (recorder, (calls, repeats)) in zip(world.others, before) {
            #expect(recorder.calls.count == calls && recorder.arrivals.repeats == repeats, "an edge was purged again")
        }
        for number in 1...2 { #expect(try world.processes.stop("worker-\(number)") == 0) }
    }

    private func publish(to world: World) throws {
        let publisher = try RequestPublisher(world.processes.broker.configuration)
        for number in 0..<Self.requests {
            try publisher.publish(namespace: "shop-\(number % Self.namespaces)", tag: "item-\(number)")
        }
        try publisher.finish()
    }

    /// The others have everything, the offsets have moved to the end, and what waits for the late edge has been tried
    /// again and moved on to a topic of a longer delay.
    private func waitUntilOnlyTheLateEdgeIsLeft(_ world: World) throws {
        try world.processes.explained {
            try eventually("the other edges have everything", within: .seconds(90)) {
                world.others.allSatisfy { $0.count == Self.requests }
            }
            try eventually("no offset of an invalidation topic is held back", within: .seconds(60)) {
                try world.processes.lag(TopicName.invalidations) == 0
            }
            try eventually("the shortest delay is over", within: .seconds(60)) {
                try world.processes.lag([TopicName.retries[0]]) == 0
            }
            // Nothing moves any more: figures of several topics are not of one moment.
            try eventually("each request waits once") {
                try world.processes.lag(TopicName.retries) == Int64(Self.requests)
            }
        }
    }

    /// The workers share the limit, each to its part of the partitions, and each may have a burst; what is late on the
    /// way makes the next second a little fuller.
    private func checkLimit(_ calls: [MonotonicTime]) {
        var first = 0
        var busiest = 0
        for (last, time) in calls.enumerated() {
            while time - calls[first] > .seconds(1) { first += 1 }
            busiest = max(busiest, last - first + 1)
        }
        let together = 2 * (Self.burst + Self.connections)
        #expect(busiest <= Self.limit * 11 / 10 + together, "\(busiest) calls in a second")
        let seconds = (calls[calls.count - 1] - calls[0]) / .seconds(1)
        let allowed = Double(Self.limit) * seconds * 1.02 + Double(together)
        #expect(Double(calls.count) <= allowed, "\(calls.count) calls in \(seconds) s")
    }
}
