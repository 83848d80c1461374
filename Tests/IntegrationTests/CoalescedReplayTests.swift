import Invalidations
import Kafka
import TestSupport
import Testing
import TopicCatalogue
import Views

/// Replays that publish each selector once, or leave out what later requests have purged; and dead letters discarded.
@Suite(.serialized, .enabled(if: KafkaHome.isAvailable, "needs a real Kafka: set KAFKA_HOME"))
struct CoalescedReplayTests {
    private static let namespaces = 40
    private static let tags = 240
    private static let roles = ["worker", "projector", "gateway"]

    private final class World {
        let processes: ProcessWorld
        let edge: PurgeRecorder

        init() throws {
            processes = try ProcessWorld("coalesce")
            edge = try PurgeRecorder()
            let gateway = "127.0.0.1:\(try freePort())"
            // What an edge has not answered in time is purged once more, and counted here.
            let line = """
                {name: edge, adapter: http, address: "\(edge.address)", timeout: 30s, limits: {requests: none}}
                """
            try processes.configure(
                edges: [line],
                kafka: ["sessionTimeout: 6s"],
                more: "gateway: {listen: \"\(gateway)\", url: \"http://\(gateway)\"}")
            try processes.applyTopics()
            for role in CoalescedReplayTests.roles { try processes.startRole(role, as: role) }
            try processes.waitUntilReady([gateway])
        }

        var view: ViewReader { ViewReader(path: processes.directory.file("view.db")) }

        /// Each tag is named by so many requests, one after the other.
        func publish(times: Int) throws {
            let publisher = try RequestPublisher(processes.broker.configuration)
            let before = (try? view.counts())?[.completed] ?? 0
            for _ in 0..<times {
                for tag in 0..<CoalescedReplayTests.tags {
                    try publisher.publish(
                        namespace: "shop-\(tag % CoalescedReplayTests.namespaces)", tag: "item-\(tag)")
                }
                try publisher.finish()
            }
            let count = before + times * CoalescedReplayTests.tags
            try processes.explained {
                try eventually("all requests are completed", within: .seconds(60)) {
                    (try? view.counts())?[.completed] ?? 0 == count
                }
            }
        }

        func stop() throws {
            for role in CoalescedReplayTests.roles { #expect(try processes.stop(role) == 0) }
        }
    }

    @Test(.timeLimit(.minutes(4)))
    func aCoalescedRunPurgesEachSelectorOnceThroughAKillOfTheRunner() throws {
        let world = try World()
        try world.publish(times: 3)
        let before = world.edge.arrivals.repeats
        let plan = try world.processes.runCommand(["replay", "plan", "--from", "all", "--coalesce", "--json"])
        #expect(plan.exitCode == 0, "\(plan.output)")
        #expect(plan.output.contains("\"distinctSelectors\":\(Self.tags)"), "\(plan.output)")
        #expect(plan.output.contains("\"published\":\(Self.namespaces)"), "one request a namespace: \(plan.output)")

        let start = try world.processes.runCommand([
            "replay", "run", "--from", "all", "--coalesce", "--rate", "5/s", "--yes", "--detach",
        ])
        #expect(start.exitCode == 0, "\(start.output)")
        try world.processes.explained {
            try eventually("a part is replayed", within: .seconds(60)) { world.edge.arrivals.repeats - before > 60 }
            world.processes.kill("projector")
            try world.processes.startRole("projector", as: "projector")
            try eventually("the run is over", within: .seconds(90)) {
                try world.processes.runCommand(["replay", "list", "--json"]).output.contains("\"phase\":\"done\"")
            }
        }
        // Never less than once each; the edge may be asked twice for what a worker had not committed, which none did.
        #expect(world.edge.arrivals.repeats - before == Self.tags)
        #expect(try records(of: TopicName.replays, world) == Self.namespaces, "nothing twice, and nothing missing")
        try world.stop()
    }

    @Test(.timeLimit(.minutes(4)))
    func whatLaterRequestsHavePurgedIsLeftOut() throws {
        let world = try World()
        try world.publish(times: 2)
        let before = world.edge.arrivals.repeats
        let plan = try world.processes.runCommand(["replay", "plan", "--from", "all", "--json"])
        #expect(plan.output.contains("\"superseded\":\(Self.tags)"), "\(plan.output)")
        #expect(plan.output.contains("\"published\":\(2 * Self.tags)"), "\(plan.output)")
        let run = try world.processes.runCommand(["replay", "run", "--from", "all", "--skip-superseded", "--yes"])
        #expect(run.exitCode == 0, "\(run.output)")
        #expect(try records(of: TopicName.replays, world) == Self.tags)
        #expect(world.edge.arrivals.repeats - before <= Self.tags)
        try world.stop()
    }

    private func records(of topic: String, _ world: World) throws -> Int {
        let kafka = world.processes.broker.configuration
        let resolver = try LogRangeResolver(kafka)
        let all = try resolver.partitions(of: [topic])
        let bounds = Dictionary(uniqueKeysWithValues: all.map { ($0, LogBounds(from: .beginning, until: .end)) })
        var count = 0
        try LogRangeReader.readAll(kafka, try resolver.resolve(bounds).map(\.range)) { _ in count += 1 }
        return count
    }
}
