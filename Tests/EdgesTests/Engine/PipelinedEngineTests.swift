import Edges
import HTTP
import Invalidations
import Synchronization
import TestSupport
import Testing

/// Batches whose calls are sent behind others that have no answer yet.
@Suite(.timeLimit(.minutes(2)))
struct PipelinedEngineTests {
    private func nginx(_ port: Int, connections: Int = 8, timeout: Duration = .seconds(20)) -> EdgeConfiguration {
        edge(
            NginxAdapter(address: .local(port)), at: .local(port), timeout: timeout, connections: connections,
            pipelining: true)
    }

    private func manyURLs(_ count: Int, _ name: String = "p") -> PurgeBatch {
        batch((0..<count).map { urls("http://s.example/\(name)\($0)") })
    }

    /// One connection, and more calls on it than one: the server answers none before the next is there.
    @Test func callsOfABatchAreSentBehindEachOther() throws {
        let server = try RawServer { connection in
            while true {
                for _ in 0..<2 where connection.readRequest() == nil { return }
                for _ in 0..<2 { connection.answer(body: Array("Successful purge".utf8)) }
            }
        }
        let outcome = try EngineHarness([nginx(server.port, connections: 1)]).purge([(0, manyURLs(200))])[0]
        #expect((0..<200).allSatisfy { outcome[$0] == .acknowledged(objects: 1) })
        #expect(server.connections == 1)
    }

    @Test func realServersArePurgedByManyBatches() throws {
        let server = try NginxServer("keepalive_requests 100; location / { return 200 'Successful purge'; }")
        let harness = try EngineHarness([nginx(server.port)])
        let outcomes = try harness.purge((0..<40).map { (0, manyURLs(50, "b\($0)-")) })
        #expect(outcomes.allSatisfy { outcome in (0..<50).allSatisfy { outcome[$0] == .acknowledged(objects: 1) } })
    }

    /// All is purged, and soon by libcurl: then no call is sent behind another one.
    @Test func aServerThatClosesAfterEachAnswerIsAskedOtherwise() throws {
        let calls = Mutex<[Int]>([])
        let server = try RawServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.answer(headers: ["Connection: close"], body: Array("Successful purge".utf8))
            var count = 1
            while connection.readRequest() != nil { count += 1 }
            calls.withLock { $0.append(count) }
        }
        let harness = try EngineHarness([nginx(server.port, connections: 2)])
        /// How many calls each of the connections of a batch had.
        func purge() throws -> [Int] {
            let before = calls.withLock { $0.count }
            let outcome = try harness.purge([(0, manyURLs(100))])[0]
            #expect((0..<100).allSatisfy { outcome[$0] == .acknowledged(objects: 1) })
            try eventually("all connections have ended") { calls.withLock { $0.count } == server.connections }
            return calls.withLock { Array($0.dropFirst(before)) }
        }
        #expect(try purge().contains { $0 > 1 }, "it begins with pipelines")
        #expect(try purge() == Array(repeating: 1, count: 100))
    }

    /// What was sent and has no answer is unknown; what was not sent may be sent. A batch gives up after some silences.
    @Test func aSilentServerLeavesWhatWasSentUnknown() throws {
        let server = try RawServer { connection in connection.waitForClose() }
        let harness = try EngineHarness([nginx(server.port, connections: 1, timeout: .milliseconds(200))])
        let outcome = try harness.purge([(0, manyURLs(10))])[0]
        let classes = (0..<10).map { outcome[$0].failure?.failureClass }
        #expect(classes.allSatisfy { $0 == .unknown || $0 == .transient })
        #expect(classes[0] == .unknown && classes[9] == .transient)
        #expect(classes.count(where: { $0 == .unknown }) <= 4)
    }

    @Test func anEdgeThatIsDownFailsTransiently() throws {
        let outcome = try EngineHarness([nginx(try freePort())]).purge([(0, manyURLs(5))])[0]
        #expect((0..<5).allSatisfy { outcome[$0].failure?.failureClass == .transient })
    }

    /// Tags and bans of Varnish keep their own connections, and share the edge's capacity with the URLs.
    @Test func onlyCallsOfPipelinedKindsAreSentBehindOthers() throws {
        let methods = Mutex<[Int: Set<String>]>([:])
        let connections = Atomic(0)
        let server = try RawServer { connection in
            let own = connections.add(1, ordering: .relaxed).newValue
            while let request = connection.readRequest() {
                let method = String(request.head.prefix { $0 != " " })
                _ = methods.withLock { $0[own, default: []].insert(method) }
                connection.answer("200 Purged 1 objects")
            }
        }
        let adapter = VarnishAdapter(address: .local(server.port))
        let edge = EdgesTests.edge(adapter, at: .local(server.port), connections: 4, pipelining: true)
        let items = (0..<60).map { $0 % 3 == 0 ? tags("t\($0)") : urls("http://s.example/\($0)") }
        #expect(try EngineHarness([edge]).purge([(0, batch(items))])[0].isDone)
        let seen = methods.withLock { $0.values.map { $0 } }
        #expect(seen.allSatisfy { $0 == ["PURGE"] || $0 == ["PURGEKEYS"] } && seen.count <= 8)
        #expect(seen.contains(["PURGE"]) && seen.contains(["PURGEKEYS"]))
    }

    @Test func cancellingReportsEverything() throws {
        let arrived = Mutex(false)
        let server = try RawServer { connection in
            _ = connection.readRequest()
            arrived.withLock { $0 = true }
            connection.waitForClose()
        }
        let harness = try EngineHarness([nginx(server.port, connections: 1)])
        let engine = harness.engine
        var isCancelled = false
        let ticker = try Ticker(harness.loop) {
            guard !isCancelled, arrived.withLock({ $0 }) else { return }
            isCancelled = true
            engine.cancelAll()
        }
        let outcomes = try harness.purge([(0, manyURLs(3)), (0, manyURLs(3))])
        ticker.stop()
        #expect(outcomes.allSatisfy { outcome in (0..<3).allSatisfy { outcome[$0].failure != nil } })
        #expect(engine.pending == 0)
    }
}
