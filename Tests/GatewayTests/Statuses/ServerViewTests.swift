import Gateway
import Invalidations
import Runtime
import Storage
import TestSupport
import Testing
import Views

/// Tests of gateways whose view is in PostgreSQL, which may be slow or gone.
@Suite(.serialized, .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.missing ?? "")))
struct ServerViewTests {
    private let url: String
    private let location: ViewLocation

    init() throws {
        url = try PostgresCluster.createDatabase()
        location = try .postgres(url: url)
    }

    private func gateway(_ configure: (inout GatewayConfiguration) -> Void = { _ in }) throws -> GatewayFixture {
        let location = location
        return try GatewayFixture(view: location) { configuration in
            configuration.viewThreads = 2
            configure(&configuration)
        }
    }

    @Test func statusesListsAndReplaysAreAnsweredFromTheServer() throws {
        let gateway = try gateway()
        let (id, _) = try gateway.publish(#"{"namespace":"shop","tags":["a"]}"#, headers: ["Idempotency-Key: deploy"])
        try gateway.foldPublications()
        #expect(try RawHTTP.get(gateway.port, "/status/\(id)").string("status") == "queued")
        try gateway.fold(id, namespace: "shop", [.init("varnish-1", .purged)])
        #expect(try RawHTTP.get(gateway.port, "/status/\(id)?wait=10s").string("status") == "completed")
        #expect(try RawHTTP.get(gateway.port, "/status").list("requests").count == 1)
        #expect(try RawHTTP.get(gateway.port, "/dead").status == 200)
        #expect(try RawHTTP.get(gateway.port, "/replays").status == 200)
        #expect(try RawHTTP.get(gateway.port, "/health/ready").status == 200)
        try eventually("no question is under way") {
            gateway.metrics.exposition().contains("cachesync_gateway_view_questions 0")
        }
        // Another gateway finds the key in the view.
        let other = try self.gateway()
        let (repeated, _) = try other.publish(
            #"{"namespace":"shop","tags":["a"]}"#, headers: ["Idempotency-Key: deploy"])
        #expect(repeated == id)
        try other.drain()
        try gateway.drain()
    }

    /// Those who wait for the server do not keep others from being served, and there is a bound on how many wait.
    @Test func aServerThatHangsKeepsNobodyWhoDoesNotNeedIt() throws {
        let gateway = try gateway { $0.viewQuestionsMax = 3 }
        let blocker = try PostgresConnection(PostgresAddress(url))
        var calls: [Background<Int>] = []
        try blocker.transaction { transaction in
            // As a migration would.
            try transaction.run("LOCK TABLE cachesync.offsets IN ACCESS EXCLUSIVE MODE")
            for _ in 0..<8 {
                calls.append(try Background { try RawHTTP.get(gateway.port, "/status").status })
            }
            try eventually("the questions that are too many are refused") { calls.count { $0.isDone } == 5 }
            for _ in 0..<20 { #expect(try RawHTTP.get(gateway.port, "/health/live").status == 200) }
            _ = try gateway.publish(#"{"namespace":"shop","tags":["a"]}"#)
        }
        #expect(try calls.map { try $0.value() }.sorted() == [200, 200, 200, 503, 503, 503, 503, 503])
        try gateway.drain()
    }

    @Test func aServerThatIsGoneIsToldAndFoundAgain() throws {
        let server = try PostgresServer()
        let location = try ViewLocation.postgres(url: server.createDatabase())
        let gateway = try GatewayFixture(view: location) { $0.viewThreads = 2 }
        #expect(try RawHTTP.get(gateway.port, "/status").status == 200)
        let (shown, _) = try gateway.publish(#"{"namespace":"shop","tags":["a"]}"#)
        try gateway.fold(shown, namespace: "shop", [.init("varnish-1", .purged)])
        #expect(try RawHTTP.get(gateway.port, "/status/\(shown)").string("status") == "completed")
        server.kill()
        // The server's processes of open connections end when they find themselves alone.
        try eventually("the view is away") { try RawHTTP.get(gateway.port, "/status").status == 503 }
        #expect(try RawHTTP.get(gateway.port, "/health/ready").status == 503)
        // What was told as completed is not told as queued again.
        #expect(try RawHTTP.get(gateway.port, "/status/\(shown)").status == 503)
        // What is published needs no view, and what this gateway has published it knows itself.
        let (id, _) = try gateway.publish(
            #"{"namespace":"shop","tags":["a"]}"#, headers: ["Idempotency-Key: deploy"])
        #expect(try RawHTTP.get(gateway.port, "/status/\(id)").string("status") == "queued")
        try server.restart()
        #expect(try RawHTTP.get(gateway.port, "/status").status == 200)
        #expect(try RawHTTP.get(gateway.port, "/status/\(shown)").string("status") == "completed")
        try gateway.drain()
    }
}
