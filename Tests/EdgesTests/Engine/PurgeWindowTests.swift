import Edges
import HTTP
import Invalidations
import Runtime
import Synchronization
import TestSupport
import Testing

/// Calls of one batch side by side, and the time that a batch has.
@Suite(.timeLimit(.minutes(2)))
struct PurgeWindowTests {
    /// Who is with the server, and who was.
    private struct Calls {
        var now = 0
        var most = 0
        var answered = 0
        var paths: [String] = []
    }

    private func path(_ head: String) -> String { head.split(separator: " ").dropFirst().first.map(String.init) ?? "" }

    private func manyURLs(_ count: Int, _ name: String = "p") -> PurgeBatch {
        batch((0..<count).map { urls("http://s.example/\(name)\($0)") })
    }

    private func edge(
        _ port: Int, connections: Int, timeout: Duration = .seconds(20), batchTimeout: Duration = .seconds(30)
    ) -> EdgeConfiguration {
        var edge = EdgesTests.edge(
            NginxAdapter(address: .local(port)), at: .local(port), timeout: timeout, connections: connections)
        edge.batchTimeout = batchTimeout
        return edge
    }

    /// Answers only while as many calls are with the server as the window must let in by then.
    @Test func oneBatchUsesHalfOfTheConnections() throws {
        let calls = Mutex(Calls())
        let server = try RawServer { connection in
            while connection.readRequest() != nil {
                let wanted = calls.withLock {
                    $0.now += 1
                    $0.most = max($0.most, $0.now)
                    return min(4, 2 + $0.answered)
                }
                try? eventually("\(wanted) calls at a time") { calls.withLock { $0.most >= wanted } }
                calls.withLock { ($0.now, $0.answered) = ($0.now - 1, $0.answered + 1) }
                connection.answer(body: Array("Successful purge".utf8))
            }
        }
        let harness = try EngineHarness([edge(server.port, connections: 8)])
        let outcome = try harness.purge([(0, manyURLs(100))])[0]
        #expect((0..<100).allSatisfy { outcome[$0] == .acknowledged(objects: 1) })
        #expect(calls.withLock { $0.most } == 4 && server.connections == 4)
    }

    /// The first call of another namespace does not wait for the calls of a large batch.
    @Test func aLargeBatchLeavesConnectionsForOthers() throws {
        let calls = Mutex(Calls())
        let server = try RawServer { connection in
            while let request = connection.readRequest() {
                let path = path(request.head)
                calls.withLock { $0.paths.append(path) }
                if path == "/purge/a5" {
                    try? eventually("the other's call has come") { calls.withLock { $0.paths.contains("/purge/b0") } }
                }
                connection.answer(body: Array("Successful purge".utf8))
            }
        }
        let harness = try EngineHarness([edge(server.port, connections: 2)])
        _ = try harness.purge([(0, manyURLs(200, "a")), (0, manyURLs(1, "b"))])
        let index = try #require(calls.withLock { $0.paths.firstIndex(of: "/purge/b0") })
        #expect(index <= 6 && harness.finished == [1, 0])
    }

    /// The calls on their way end with the batch's time, and what was not sent may be sent again.
    @Test func aBatchEndsInItsTime() throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.waitForClose()
        }
        let harness = try EngineHarness([edge(server.port, connections: 4, batchTimeout: .milliseconds(300))])
        let begin = ContinuousClock.now
        let outcome = try harness.purge([(0, manyURLs(10))])[0]
        #expect(ContinuousClock.now - begin < .seconds(10), "a call alone has 20 s")
        #expect((0..<2).allSatisfy { outcome[$0].failure?.failureClass == .unknown })
        for item in 2..<10 {
            let failure = outcome[item].failure
            #expect(failure?.failureClass == .transient && failure?.message.contains("not sent within") == true)
        }
    }

    /// A batch that never had a connection ends in its time, too, and does not use the one that is free then.
    @Test func waitingForAConnectionHasItsTime() throws {
        let calls = Atomic(0)
        let server = try RawServer { connection in
            while connection.readRequest() != nil { calls.add(1, ordering: .relaxed) }
        }
        let harness = try EngineHarness([edge(server.port, connections: 1, batchTimeout: .seconds(1))])
        let outcomes = try harness.purge([(0, manyURLs(1, "a")), (0, manyURLs(2, "b"))])
        #expect(outcomes[0][0].failure?.failureClass == .unknown)
        #expect((0..<2).allSatisfy { outcomes[1][$0].failure?.message.hasPrefix("not sent within") == true })
        #expect(calls.load(ordering: .relaxed) == 1)
    }

    /// Calls of the same kinds go side by side. Those of others wait until these are answered.
    @Test func orderedAdaptersMixNoKinds() throws {
        struct Kinds {
            var now = [0, 0]
            var most = [0, 0]
            var areMixed = false
        }
        let kinds = Mutex(Kinds())
        let server = try RawServer { connection in
            while let request = connection.readRequest() {
                let kind = String(decoding: request.body, as: UTF8.self).contains(#""tags":["t"#) ? 0 : 1
                kinds.withLock {
                    $0.now[kind] += 1
                    $0.most[kind] = max($0.most[kind], $0.now[kind])
                    $0.areMixed = $0.areMixed || $0.now[1 - kind] > 0
                }
                try? eventually("two calls at a time") { kinds.withLock { $0.most[kind] > 1 } }
                kinds.withLock { $0.now[kind] -= 1 }
                connection.answer()
            }
        }
        let adapter = HTTPAdapter(address: .local(server.port), itemsMax: 1)
        let harness = try EngineHarness([EdgesTests.edge(adapter, at: .local(server.port), connections: 8)])
        let items = (0..<40).map { tags("t\($0)") } + (0..<40).map { urls("http://s.example/\($0)") }
        #expect(try harness.purge([(0, batch(items))]) == [.acknowledged])
        #expect(kinds.withLock { $0.most.allSatisfy { (2...4).contains($0) } && !$0.areMixed })
    }
}
