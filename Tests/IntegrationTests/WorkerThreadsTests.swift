import Foundation
import Runtime
import TestSupport
import Testing
import TopicCatalogue

/// One worker process with two loops on a real Kafka.
@Suite(.serialized, .enabled(if: KafkaHome.isAvailable, "needs a real Kafka: set KAFKA_HOME"))
struct WorkerThreadsTests {
    private static let requests = 1_000
    private static let namespaces = 40
    /// Calls a second at the limited edge, of both loops together, …
    private static let limit = 400
    /// … and at once after a rest.
    private static let burst = 20

    /// Two loops are two members of the group: they have half of the partitions and half of a limit each.
    @Test(.timeLimit(.minutes(2)))
    func twoLoopsShareThePartitionsAndTheLimits() throws {
        let world = try ProcessWorld("threads")
        let (free, limited) = (try PurgeRecorder(), try PurgeRecorder())
        defer { [free, limited].forEach { $0.stop() } }
        try world.configure(
            edges: [
                "{name: free, adapter: http, address: \"\(free.address)\", limits: {requests: none}}",
                """
                {name: limited, adapter: http, address: "\(limited.address)", batchItems: 1, \
                limits: {requests: \(Self.limit)/s, requestsBurst: \(Self.burst)}}
                """,
            ], more: "worker: {threads: 2}")
        try world.applyTopics()
        try world.startRole("worker", as: "worker", ["--name", "w"])
        try world.explained {
            try eventually("both loops have half of the partitions", within: .seconds(60)) {
                let shares = try shares(world)
                return Set(shares.keys) == ["w-1", "w-2"] && shares.values.allSatisfy { $0 == 0.5 }
            }
        }

        let publisher = try RequestPublisher(world.broker.configuration)
        for number in 0..<Self.requests {
            try publisher.publish(namespace: "shop-\(number % Self.namespaces)", tag: "item-\(number)")
        }
        try publisher.finish()
        try world.explained {
            try eventually("both edges have everything", within: .seconds(40)) {
                [free, limited].allSatisfy { $0.count == Self.requests }
            }
        }
        #expect(try world.stop("worker") == 0)

        for recorder in [free, limited] {
            #expect(recorder.arrivals.repeats == 0 && recorder.order.count == Self.namespaces)
            for (namespace, tags) in recorder.order {
                let numbers = tags.compactMap { Int($0.dropFirst("item-".count)) }
                #expect(numbers == numbers.sorted(), "out of order: \(namespace)")
            }
        }
        #expect(try world.lag(TopicName.invalidations) == 0, "all is committed")
        checkLimit(limited.calls)
    }

    /// What each loop was last assigned, of all partitions, by the worker's log.
    private func shares(_ world: ProcessWorld) throws -> [String: Double] {
        let log = try String(contentsOfFile: world.directory.file("worker.log"), encoding: .utf8)
        var shares: [String: Double] = [:]
        for line in log.split(separator: "\n") where line.contains("assigned") {
            var fields: [Substring: Substring] = [:]
            for word in line.split(separator: " ") {
                let parts = word.split(separator: "=", maxSplits: 1)
                if parts.count == 2 { fields[parts[0]] = parts[1] }
            }
            guard let worker = fields["worker"], let count = fields["partitions"].flatMap({ Double($0) }),
                let all = fields["of"].flatMap({ Double($0) }), all > 0
            else { continue }
            shares[String(worker)] = count / all
        }
        return shares
    }

    /// Each loop may have a burst of its own; what is late on the way makes the next second a little fuller.
    private func checkLimit(_ calls: [MonotonicTime]) {
        var first = 0
        var busiest = 0
        for (last, time) in calls.enumerated() {
            while time - calls[first] > .seconds(1) { first += 1 }
            busiest = max(busiest, last - first + 1)
        }
        #expect(busiest <= Self.limit * 11 / 10 + 2 * Self.burst, "\(busiest) calls in a second")
    }
}
