import Edges
import Foundation
import HTTP
import Invalidations
import Runtime
import Synchronization
import TestSupport
import Testing

/// Tests of the purge engine.
@Suite(.timeLimit(.minutes(2)))
struct PurgeEngineTests {
    /// The request lines a server has seen, in order.
    final class RequestLog: Sendable {
        private let heads = Mutex<[String]>([])

        func add(_ head: String) { heads.withLock { $0.append(head) } }

        var all: [String] { heads.withLock { $0 } }

        var paths: [String] { all.map { $0.split(separator: " ").dropFirst().first.map(String.init) ?? "" } }
    }

    private func server(
        _ log: RequestLog,
        _ answer: @escaping @Sendable (RawConnection, Int) -> Void = { connection, _ in
            connection.answer(body: Array("Successful purge".utf8))
        }
    ) throws -> RawServer {
        try RawServer { connection in
            while let request = connection.readRequest() {
                log.add(request.head)
                answer(connection, log.all.count)
            }
        }
    }

    private func nginx(_ port: Int) -> NginxAdapter { NginxAdapter(address: .local(port)) }

    @Test func callsOfABatchArriveInOrderWithTheirHeaders() throws {
        let log = RequestLog()
        let server = try server(log)
        let credentials = try #require(EdgeCredentials.bearer("s3cret"))
        let harness = try EngineHarness([
            edge(nginx(server.port), at: .local(server.port), credentials: credentials, connections: 1)
        ])
        let items = (0..<40).map { urls("https://s\($0 % 3).example/\($0)?q=\($0)") }
        let outcome = try harness.purge([(0, batch(items))])[0]
        #expect((0..<40).allSatisfy { outcome[$0] == .acknowledged(objects: 1) })
        #expect(log.paths == (0..<40).map { "/purge/\($0)?q=\($0)" })
        for (index, head) in log.all.enumerated() {
            #expect(
                head.contains("\r\nHost: s\(index % 3).example\r\n")
                    && head.contains("\r\nAuthorization: Bearer s3cret"))
        }
        #expect(server.connections == 1)
    }

    @Test func batchesBeyondTheConnectionsWaitInTheirOrder() throws {
        let log = RequestLog()
        let server = try server(log)
        let harness = try EngineHarness([edge(nginx(server.port), at: .local(server.port), connections: 1)])
        let batches = (0..<30).map { (edge: 0, batch: batch([urls("http://s/\($0)a"), urls("http://s/\($0)b")])) }
        #expect(try harness.purge(batches).allSatisfy { $0[0] == .acknowledged(objects: 1) && $0[1] == $0[0] })
        #expect(log.paths == (0..<30).flatMap { ["/purge/\($0)a", "/purge/\($0)b"] })
        #expect(harness.finished == (0..<30).map(UInt64.init) && server.connections == 1)
    }

    /// Answers only once as many requests are with the server as may be, and counts whether there ever were more.
    @Test func asManyBatchesRunAtATimeAsThereAreConnections() throws {
        let state = Mutex((now: 0, most: 0))
        let server = try RawServer { connection in
            while connection.readRequest() != nil {
                state.withLock { ($0.now, $0.most) = ($0.now + 1, max($0.most, $0.now + 1)) }
                try? eventually("three requests at a time") { state.withLock { $0.most >= 3 } }
                state.withLock { $0.now -= 1 }
                connection.answer(body: Array("Successful purge".utf8))
            }
        }
        let harness = try EngineHarness([edge(nginx(server.port), at: .local(server.port), connections: 3)])
        let outcomes = try harness.purge((0..<24).map { (0, batch([urls("http://s/\($0)")])) })
        #expect(outcomes.allSatisfy { $0[0] == .acknowledged(objects: 1) })
        #expect(state.withLock { $0.most } == 3)
    }

    @Test func anEdgeThatIsDownFailsTransientlyAndHoldsUpNoOther() throws {
        let log = RequestLog()
        let server = try server(log)
        let dead = try freePort()
        let harness = try EngineHarness([
            edge(nginx(dead), at: .local(dead), connections: 1), edge(nginx(server.port), at: .local(server.port)),
        ])
        let outcomes = try harness.purge([
            (0, batch([urls("http://s/1"), urls("http://s/2")])), (1, batch([urls("http://s/1")])),
        ])
        #expect(outcomes[1][0] == .acknowledged(objects: 1))
        #expect((0...1).map { outcomes[0][$0].failure?.failureClass } == [.transient, .transient])
        #expect(outcomes[0][1].failure?.message.hasPrefix("not sent, after ") == true)
    }

    @Test func anEdgeThatHangsLeavesTheOutcomeUnknown() throws {
        let log = RequestLog()
        let server = try server(log) { connection, _ in connection.waitForClose() }
        let harness = try EngineHarness([
            edge(nginx(server.port), at: .local(server.port), timeout: .milliseconds(100))
        ])
        let outcome = try harness.purge(
            urls("http://s/1"), urls("http://s/2"), urls("http://s/3"), urls("http://s/4"), urls("http://s/5"))
        let classes = (0..<5).map { outcome[$0].failure?.failureClass }
        #expect(classes == [.unknown, .unknown, .unknown, .transient, .transient])
        #expect(log.paths.sorted() == ["/purge/1", "/purge/2", "/purge/3"])
    }

    @Test func aCrashingNginxIsTransientWithAHint() throws {
        let log = RequestLog()
        let server = try RawServer { connection in
            if let request = connection.readRequest() { log.add(request.head) }
        }
        let harness = try EngineHarness([edge(nginx(server.port), at: .local(server.port))])
        let failure = try harness.purge(urls("http://s/1"))[0].failure
        #expect(failure?.failureClass == .transient && failure?.message.contains("Examples/edges/nginx/") == true)
    }

    @Test func onlyWhatFailedFails() throws {
        let log = RequestLog()
        let server = try server(log) { connection, count in
            connection.answer(count == 2 ? "500 Oops" : "200 OK", body: Array("Successful purge".utf8))
        }
        let harness = try EngineHarness([edge(nginx(server.port), at: .local(server.port), connections: 1)])
        let outcome = try harness.purge(urls("http://s/1"), urls("http://s/2"), urls("http://s/3"), urls("no url"))
        #expect((0..<4).map { outcome[$0].failure?.failureClass } == [nil, .transient, nil, .permanentItem])
        #expect(outcome[1].failure?.status == 500)
    }

    @Test func throttlingCarriesTheWait() throws {
        let log = RequestLog()
        let server = try server(log) { connection, _ in
            connection.answer("429 Too Many Requests", headers: ["Retry-After: 3"])
        }
        let adapter = HTTPAdapter(address: .local(server.port))
        let outcome = try EngineHarness([edge(adapter, at: .local(server.port))]).purge(tags("a"), tags("b"))
        #expect(outcome[0].failure?.failureClass == .throttled && outcome[1].failure?.retryAfter == .seconds(3))
    }

    @Test func aUsedUpBudgetIsToldBesideTheOutcome() throws {
        let log = RequestLog()
        let server = try server(log) { connection, count in
            let budget = count == 1 ? ["RateLimit: \"default\";r=0;t=30"] : ["ratelimit: \"default\";r=5;t=30"]
            connection.answer(headers: budget, body: Array("Successful purge".utf8))
        }
        let harness = try EngineHarness([edge(nginx(server.port), at: .local(server.port), connections: 1)])
        let outcomes = try harness.purge([(0, batch([urls("http://s/1")])), (0, batch([urls("http://s/2")]))])
        #expect(outcomes.allSatisfy { $0[0] == .acknowledged(objects: 1) })
        let pause = try #require(harness.pauses[0])
        #expect(pause > .seconds(20) && pause <= .seconds(30) && harness.pauses[1] == nil)
    }

    /// Failures keep their own wait; a refusal may carry both.
    @Test func refusalsTellTheBudgetToo() throws {
        let log = RequestLog()
        let server = try server(log) { connection, _ in
            connection.answer(
                "429 Too Many Requests",
                headers: ["X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 60", "Retry-After: 3"])
        }
        let harness = try EngineHarness([edge(HTTPAdapter(address: .local(server.port)), at: .local(server.port))])
        let outcome = try harness.purge(tags("a"))
        #expect(outcome[0].failure?.retryAfter == .seconds(3))
        #expect(try #require(harness.pauses[0]) > .seconds(50))
    }

    @Test func anEdgeThatRepeatsItsSecretDoesNotSpreadIt() throws {
        let log = RequestLog()
        let server = try server(log) { connection, _ in
            connection.answer(
                "401 Unauthorized", headers: ["Content-Type: text/plain"], body: Array("no key hushhush here".utf8))
        }
        let credentials = try #require(EdgeCredentials.header("X-Key", "hushhush"))
        let adapter = HTTPAdapter(address: .local(server.port))
        let outcome = try EngineHarness([edge(adapter, at: .local(server.port), credentials: credentials)])
            .purge(tags("a"))
        let message = try #require(outcome[0].failure?.message)
        #expect(log.all.first?.contains("X-Key: hushhush") == true)
        #expect(!message.contains("hushhush") && message.contains("no key (secret) here"))
    }

    @Test func whatNeedsNoCallEndsInTheNextTurn() throws {
        let dead = try freePort()
        let harness = try EngineHarness([edge(nginx(dead), at: .local(dead))])
        let outcome = try harness.purge(urls("ftp://s/1"), Selectors())
        #expect(outcome[0].failure?.failureClass == .permanentItem && outcome[1] == .acknowledged(objects: nil))
    }

    @Test func cancellingReportsEverythingAtOnce() throws {
        let log = RequestLog()
        let server = try server(log) { connection, _ in connection.waitForClose() }
        let harness = try EngineHarness([edge(nginx(server.port), at: .local(server.port), connections: 1)])
        let engine = harness.engine
        var sawRequest = false
        let poll = try harness.loop.timer {
            sawRequest = !log.all.isEmpty
            if sawRequest { engine.cancelAll() }
        }
        // The server's own signal cannot reach the loop; a few polls do.
        let ticker = try Ticker(harness.loop) { if !sawRequest { poll.schedule(after: .zero) } }
        let outcomes = try harness.purge([
            (0, batch([urls("http://s/1"), urls("http://s/2")])), (0, batch([urls("http://s/3")])),
            (0, batch([urls("x")])),
        ])
        ticker.stop()
        #expect((0...1).map { outcomes[0][$0].failure?.failureClass } == [.unknown, .transient])
        #expect(outcomes[1][0].failure?.failureClass == .transient)
        #expect(outcomes[2][0].failure?.failureClass == .permanentItem)
        #expect(engine.pending == 0 && log.paths == ["/purge/1"])
    }
}
