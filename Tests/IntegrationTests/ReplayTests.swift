import Invalidations
import Kafka
import TestSupport
import Testing
import TopicCatalogue
import Views

/// Replays of what the log holds, at edges that never had it, or lost it.
@Suite(.serialized, .enabled(if: KafkaHome.isAvailable, "needs a real Kafka: set KAFKA_HOME"))
struct ReplayTests {
    private static let requests = 300
    private static let namespaces = 10

    private final class World {
        let processes: ProcessWorld
        let old: PurgeRecorder
        let new: PurgeRecorder
        private let port: Int

        init() throws {
            port = try freePort()
            processes = try ProcessWorld("replay")
            (old, new) = (try PurgeRecorder(), try PurgeRecorder())
            try configure(["old": old])
            try processes.applyTopics()
            try startRoles()
        }

        func configure(_ edges: [String: PurgeRecorder]) throws {
            // What an edge has not answered in time is purged once more, and counted here.
            try processes.configure(
                edges: edges.map { name, recorder in
                    """
                    {name: \(name), adapter: http, address: "\(recorder.address)", timeout: 30s, \
                    limits: {requests: none}}
                    """
                },
                kafka: ["sessionTimeout: 6s"], more: "gateway: {listen: \"127.0.0.1:\(port)\"}")
        }

        func startRoles() throws {
            try processes.startRole("projector", as: "projector")
            try processes.startRole("gateway", as: "gateway")
            try processes.startRole("worker", as: "worker", ["--name", "worker"])
            try processes.explained {
                try eventually("the gateway answers from the view", within: .seconds(30)) {
                    try processes.runCommand(["replay", "list"]).exitCode == 0
                }
            }
        }

        /// With an edge more than before.
        func addNewEdge() throws {
            try stopRoles()
            try configure(["old": old, "new": new])
            try startRoles()
        }

        func stopRoles() throws {
            for name in ["worker", "gateway", "projector"] { #expect(try processes.stop(name) == 0) }
        }

        var view: ViewReader { ViewReader(path: processes.directory.file("view.db")) }

        func waitForPhase(_ phase: String) throws {
            try processes.explained {
                try eventually("the run is \(phase)", within: .seconds(60)) {
                    try processes.runCommand(["replay", "list", "--json"]).output.contains("\"phase\":\"\(phase)\"")
                }
            }
        }
    }

    private func publish(to world: World) throws {
        let publisher = try RequestPublisher(world.processes.broker.configuration)
        for number in 0..<Self.requests {
            try publisher.publish(namespace: "shop-\(number % Self.namespaces)", tag: "item-\(number)")
        }
        try publisher.finish()
        try world.processes.explained {
            try eventually("all requests are completed", within: .seconds(60)) {
                (try? world.view.counts())?[.completed] ?? 0 == Self.requests
            }
        }
    }

    @Test(.timeLimit(.minutes(4)))
    func anEdgeThatIsNewOrRebuiltIsBroughtUpToDate() throws {
        let world = try World()
        try publish(to: world)
        try world.addNewEdge()

        let plan = try world.processes.runCommand([
            "replay", "plan", "--from", "all", "--only", "missing", "--edge", "new", "--json",
        ])
        #expect(plan.exitCode == 0 && plan.output.contains("\"published\":\(Self.requests)"), "\(plan.output)")
        #expect(plan.output.contains("\"byEdge\":{\"new\":{"), "\(plan.output)")
        #expect(plan.output.contains("\"requests\":\(Self.requests)"), "\(plan.output)")
        #expect(world.new.count == 0, "a plan publishes nothing")
        let missing = try world.processes.runCommand([
            "replay", "run", "--from", "all", "--only", "missing", "--edge", "new", "--yes",
        ])
        #expect(missing.exitCode == 0, "\(missing.output)")
        #expect(world.new.count == Self.requests && world.new.arrivals.repeats == 0)
        #expect(world.old.arrivals.repeats == 0, "the edge that had everything was purged once more")

        // The cache comes back with what it held before: no purge that was acknowledged proves anything.
        let rebuilt = try world.processes.runCommand([
            "replay", "run", "--content-from", "-1h", "--edge", "new", "--yes",
        ])
        #expect(rebuilt.exitCode == 0, "\(rebuilt.output)")
        #expect(world.new.arrivals.repeats == Self.requests, "\(world.new.arrivals.repeats) were purged once more")
        #expect(world.old.arrivals.repeats == 0)
        // The newest run is the first.
        let list = try world.processes.runCommand(["replay", "list"]).output.split { $0 == " " || $0 == "\n" }
        let id = try #require(list.first { RequestID(String($0)) != nil }.map(String.init))
        try world.processes.explained {
            try eventually("the run says what its edge has done", within: .seconds(30)) {
                let run = try world.processes.runCommand(["replay", "show", id, "--json"]).output
                let text = try world.processes.runCommand(["replay", "show", id]).output
                return run.contains(#""edges":[{"edge":"new","requests":{"purged":\#(Self.requests)}}]"#)
                    && text.contains("  new: \(Self.requests) purged")
            }
        }
        try world.stopRoles()
    }

    @Test(.timeLimit(.minutes(4)))
    func aRunPausesGoesOnAndIsCancelled() throws {
        let world = try World()
        try publish(to: world)
        let refused = try world.processes.runCommand(["replay", "run", "--from", "all"])
        #expect(refused.exitCode == 64, "nobody can be asked: \(refused.output)")
        #expect(try world.processes.runCommand(["replay", "plan"]).exitCode == 64)
        #expect(try world.processes.runCommand(["replay", "show", "nobody"]).exitCode == 66)

        let start = try world.processes.runCommand([
            "replay", "run", "--from", "all", "--rate", "30/s", "--yes", "--detach",
        ])
        #expect(start.exitCode == 0, "\(start.output)")
        // The order says which run it is.
        let id = try #require(
            start.output.split(separator: " ").first { RequestID(String($0)) != nil }.map(String.init))
        try world.processes.explained {
            try eventually("a part is replayed", within: .seconds(60)) { world.old.arrivals.repeats > 25 }
        }
        #expect(try world.processes.runCommand(["replay", "pause", id, "--reason", "to look"]).exitCode == 0)
        try world.waitForPhase("paused")
        try world.processes.explained {
            try eventually("what was published is worked off", within: .seconds(30)) {
                try world.processes.lag([TopicName.replays]) == 0
            }
        }
        let paused = world.old.arrivals.repeats
        #expect(paused < Self.requests)
        #expect(try world.processes.runCommand(["replay", "resume", id, "--rate", "60/s"]).exitCode == 0)
        try world.processes.explained {
            try eventually("the run goes on", within: .seconds(60)) { world.old.arrivals.repeats > paused + 20 }
        }
        #expect(try world.processes.runCommand(["replay", "cancel", id]).exitCode == 0)
        try world.waitForPhase("cancelled")
        #expect(world.old.arrivals.repeats < Self.requests)
        #expect(try world.processes.runCommand(["replay", "resume", id]).exitCode == 1)
        try world.stopRoles()
    }
}
