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

    @Test func whatIsNotSentInTimeMayBeSentAgain() throws {
        let end = Mutex<ContinuousClock.Instant?>(nil)
        let server = try RawServer { connection in
            while connection.readRequest() != nil {
                try? eventually("the batch's time is over") {
                    end.withLock { $0.map { ContinuousClock.now > $0 } ?? false }
                }
                connection.answer(body: Array("Successful purge".utf8))
            }
        }
        let limit = Duration.milliseconds(300)
        let harness = try EngineHarness([edge(server.port, connections: 4, batchTimeout: limit)])
        end.withLock { $0 = ContinuousClock.now + limit + .milliseconds(50) }
        let outcome = try harness.purge([(0, manyURLs(10))])[0]
        #expect((0..<2).allSatisfy { outcome[$0] == .acknowledged(objects: 1) })
        for item in 2..<10 {
            let failure = outcome[item].failure
            #expect(failure?.failureClass == .transient && failure?.message.contains("not sent within") == true)
        }
    }

    /// A batch that never had a connection ends in its time, too, while another still holds that connection.
    @Test func waitingForAConnectionHasItsTime() throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.waitForClose()
        }
        let harness = try EngineHarness([
            edge(server.port, connections: 1, timeout: .seconds(3), batchTimeout: .seconds(1))
        ])
        let outcomes = try harness.purge([(0, manyURLs(1, "a")), (0, manyURLs(2, "b"))])
        #expect(harness.finished == [1, 0] && outcomes[0][0].failure?.failureClass == .unknown)
        #expect((0..<2).allSatisfy { outcomes[1][$0].failure?.message.hasPrefix("not sent within") == true })
    }

    /// An adapter may ask for one call after another.
    @Test func orderedAdaptersAreCalledOneByOne() throws {
        let calls = Mutex(Calls())
        let server = try RawServer { connection in
            while let request = connection.readRequest() {
                calls.withLock { $0.paths.append(String(decoding: request.body, as: UTF8.self)) }
                connection.answer()
            }
        }
        let adapter = HTTPAdapter(address: .local(server.port), itemsMax: 1)
        let harness = try EngineHarness([EdgesTests.edge(adapter, at: .local(server.port), connections: 8)])
        let items = (0..<50).map { tags("t\($0)") }
        #expect(try harness.purge([(0, batch(items))]) == [.acknowledged])
        let sent = calls.withLock { $0.paths }
        #expect(sent == (0..<50).map { #"{"tags":["t\#($0)"],"urls":[],"namespace":"shop"}"# })
        #expect(server.connections == 1)
    }
}
