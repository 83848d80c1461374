import HTTP
import Invalidations
import Kafka
import Replays
import TestSupport
import Testing
import TopicCatalogue
import Views

/// An outage kills requests; a redrive brings all of them to their end, whatever dies meanwhile.
@Suite(.serialized, .enabled(if: KafkaHome.isAvailable, "needs a real Kafka: set KAFKA_HOME"))
struct RedriveTests {
    private static let requests = 400
    private static let namespaces = 20

    private final class World {
        let processes: ProcessWorld
        let other: PurgeRecorder
        let port: Int
        let broken: RefusingEdge

        init() throws {
            processes = try ProcessWorld("redrive")
            other = try PurgeRecorder()
            port = try freePort()
            try processes.configure(
                edges: [
                    "{name: well, adapter: http, address: \"\(other.address)\", limits: {requests: none}}",
                    "{name: late, adapter: http, address: \"http://127.0.0.1:\(port)\", limits: {requests: none}}",
                ],
                kafka: ["sessionTimeout: 6s"],
                more: """
                    worker: {retryDelays: [200ms, 400ms], attempts: 1}
                    gateway: {listen: "127.0.0.1:\(try freePort())"}
                    """)
            broken = try RefusingEdge(port: port)
            try processes.applyTopics()
        }

        var view: ViewReader { ViewReader(path: processes.directory.file("view.db")) }
    }

    @Test(.timeLimit(.minutes(4)))
    func whatAnOutageKilledIsPurgedOnceEachThroughKills() throws {
        let world = try World()
        let processes = world.processes
        try processes.startRole("projector", as: "projector")
        try processes.startRole("gateway", as: "gateway")
        try processes.startRole("worker", as: "worker-1", ["--name", "worker-1"])
        let publisher = try RequestPublisher(processes.broker.configuration)
        for number in 0..<Self.requests {
            try publisher.publish(namespace: "shop-\(number % Self.namespaces)", tag: "item-\(number)")
        }
        try publisher.finish()
        try processes.explained {
            try eventually("all requests are dead letters at the late edge", within: .seconds(90)) {
                (try? world.view.counts())?[.failed] ?? 0 == Self.requests
            }
        }

        try eventually("the view has all dead letters") {
            try world.view.countDeadLetters(DeadLetterQuery(), by: .edge).groups.map(\.count) == [Int64(Self.requests)]
        }
        world.broken.stop()
        let late = try PurgeRecorder(port: world.port)
        defer { late.stop() }
        let before = world.other.arrivals.repeats
        let group = "{\"group\":\"late\",\"deadLetters\":\(Self.requests)}"
        try processes.explained {
            try eventually("the view lists all dead letters", within: .seconds(30)) {
                let list = try processes.runCommand(["dead", "list", "--group", "edge", "--json"])
                return list.exitCode == 0 && list.output.contains(group)
            }
        }
        let refused = try world.processes.runCommand(["dead", "redrive", "--expect", "7", "--yes", "--detach"])
        #expect(refused.exitCode == 65, "\(refused.output)")

        let start = try world.processes.runCommand([
            "dead", "redrive", "--rate", "60/s", "--yes", "--detach", "--reason", "late is back",
        ])
        #expect(start.exitCode == 0, "\(start.output)")
        try processes.explained {
            try eventually("a part is redriven", within: .seconds(60)) { late.count > 40 }
            processes.kill("projector")
            try processes.startRole("projector", as: "projector")
            processes.kill("worker-1")
            try processes.startRole("worker", as: "worker-1", ["--name", "worker-1"])
            try eventually("more is redriven", within: .seconds(60)) { late.count > 150 }
            try processes.broker.stop()
            try processes.broker.startBroker()
            try eventually("all requests are completed", within: .seconds(90)) {
                (try? world.view.counts())?[.completed] ?? 0 == Self.requests
            }
        }
        #expect(late.count == Self.requests)
        #expect(world.other.arrivals.repeats == before, "the edge that had everything was purged again")
        try checkReplayTopic(processes)
        try checkHistory(world.view)

        let second = try world.processes.runCommand(["dead", "redrive", "--yes"])
        #expect(second.exitCode == 0)
        #expect(second.output.contains("done already \(Self.requests)"), "\(second.output)")
        try processes.explained {
            try eventually("the run is over", within: .seconds(30)) {
                try world.processes.runCommand(["replay", "list", "--json"]).output.contains("\"phase\":\"done\"")
            }
        }
        for name in ["worker-1", "gateway", "projector"] { #expect(try processes.stop(name) == 0) }
    }

    /// The dead letters are closed, and each status says what came before.
    private func checkHistory(_ view: ViewReader) throws {
        #expect(try view.countDeadLetters(DeadLetterQuery(), by: .edge).total == 0)
        var query = DeadLetterQuery()
        query.includesClosed = true
        #expect(try view.countDeadLetters(query, by: .edge).total == Int64(Self.requests))
        for record in try view.list(StatusQuery(limit: StatusQuery.limitMax)).records {
            #expect(record.earlierTries.map(\.edge) == ["late"])
            #expect(record.earlierTries.first?.cell.state == .dead)
            #expect(record.earlierTries.first?.failure != nil)
        }
        #expect(try view.runs(limit: 10).map(\.order?.reason).contains("late is back"))
    }

    /// Nothing twice on the replay topic, and nothing missing.
    private func checkReplayTopic(_ processes: ProcessWorld) throws {
        let kafka = processes.broker.configuration
        let resolver = try LogRangeResolver(kafka)
        let all = try resolver.partitions(of: [TopicName.replays])
        let bounds = Dictionary(uniqueKeysWithValues: all.map { ($0, LogBounds(from: .beginning, until: .end)) })
        let reader = try LogRangeReader(kafka, try resolver.resolve(bounds).map(\.range))
        defer { reader.close(deadline: .seconds(1)) }
        var sources: [String: Int] = [:]
        while true {
            let progress = try reader.read(max: 1_000, timeout: .seconds(1)) { record in
                let source = record.header("cs-run-from").map { String(decoding: $0, as: UTF8.self) } ?? ""
                sources[source, default: 0] += 1
            }
            if progress.isComplete { break }
        }
        #expect(sources.count == Self.requests)
        #expect(sources.values.allSatisfy { $0 == 1 }, "a dead letter was published twice")
    }
}

/// A cache that is up and refuses all that is published: so each request becomes a dead letter.
private final class RefusingEdge: Sendable {
    private let server: HTTPServer

    init(port: Int) throws {
        server = try HTTPServer(HTTPServerConfiguration(port: port)) { request, responder in
            // Markers of checks are taken: the edge is well, as far as anybody can see.
            let isPublished = String(decoding: request.body, as: UTF8.self).contains("item-")
            responder.respond(isPublished ? .problem(400, "the key index is broken") : .empty(204))
        }
    }

    func stop() { server.stop() }
}
