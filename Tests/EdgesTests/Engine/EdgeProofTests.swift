import Edges
import HTTP
import Invalidations
import Synchronization
import TestSupport
import Testing

/// Checks with markers, and what an edge must prove before wide purges.
@Suite(.timeLimit(.minutes(2)))
struct EdgeProofTests {
    /// A server that answers like a Varnish, but for what the test changes.
    private final class Edge: Sendable {
        let requests = Mutex<[(method: String, target: String, head: String)]>([])
        let answers: @Sendable (_ method: String, _ target: String) -> String

        init(_ answers: @escaping @Sendable (String, String) -> String) { self.answers = answers }

        func startServer() throws -> RawServer {
            try RawServer { [self] connection in
                while let request = connection.readRequest() {
                    let words = request.head.split(separator: " ").map(String.init)
                    requests.withLock { $0.append((words[0], words[1], request.head)) }
                    let answer = answers(words[0], words[1]).split(separator: "\n").map(String.init)
                    connection.answer(answer[0], headers: Array(answer.dropFirst()))
                }
            }
        }

        /// What was asked beside markers.
        var purges: [String] {
            requests.withLock {
                $0.filter { !$0.head.contains("cachesync-check-") }.map { "\($0.method) \($0.target)" }
            }
        }
    }

    private func harness(_ server: RawServer, connections: Int = 8) throws -> EngineHarness {
        let address = EdgeAddress.local(server.port)
        return try EngineHarness([
            edge(VarnishAdapter(address: address), at: address, accepts: .all, connections: connections)
        ])
    }

    private static let good: @Sendable (String, String) -> String = { method, _ in
        method == "BAN" ? "200 Banned" : method == "GET" ? "404 Not Found" : "200 Purged 0 objects"
    }

    @Test func whatPurgesMuchWaitsForAMarkerOnce() throws {
        let edge = Edge(Self.good)
        let server = try edge.startServer()
        let harness = try harness(server)
        for _ in 0..<3 {
            let outcome = try harness.purge(Selectors(prefixes: ["http://s.example/a"]), Selectors(everything: true))
            #expect(outcome == .acknowledged)
        }
        #expect(edge.purges.filter { $0 == "BAN /a" }.count == 3 && edge.purges.filter { $0 == "BAN /" }.count == 3)
        let markers = edge.requests.withLock { $0.filter { $0.head.contains("cachesync-check-") }.map(\.method) }
        #expect(markers == ["GET", "BAN", "GET"])
    }

    /// A VCL without bans, or one that says so of ours: tags and URLs of the same batch are purged all the same.
    @Test(arguments: ["405 Not allowed", "200 OK", "404 Not Found", "400 Bad Request", "301 Moved"])
    func whatIsNotUnderstoodIsNotSent(_ answer: String) throws {
        let edge = Edge { method, target in method == "BAN" ? answer : Self.good(method, target) }
        let server = try edge.startServer()
        let harness = try harness(server)
        let items = [
            tags("a"), Selectors(urls: ["http://s.example/1"], prefixes: ["http://s.example/p"]),
            Selectors(everything: true),
        ]
        for _ in 0..<2 {
            let outcome = try harness.purge([(0, batch(items))])[0]
            #expect(outcome[0] == .acknowledged(objects: 0))
            #expect(outcome[1].failure?.failureClass == .permanentTarget && outcome[1].failure?.kinds == .prefixes)
            #expect(outcome[2].failure?.failureClass == .permanentTarget && outcome[2].failure?.kinds == .everything)
            #expect(outcome[1].failure?.message.contains("publish urls or tags") == true)
        }
        #expect(Set(edge.purges) == ["PURGEKEYS /", "PURGE /1"])
    }

    /// It says "Banned", and serves the page that it should have banned.
    @Test func anAcknowledgementThatIsNotTrueIsFoundOut() throws {
        let edge = Edge { method, target in method == "GET" ? "200 OK\nX-Varnish: 32770 3" : Self.good(method, target) }
        let server = try edge.startServer()
        let outcome = try harness(server).purge(Selectors(prefixes: ["http://s.example/a"]))
        #expect(outcome[0].failure?.failureClass == .permanentTarget)
        #expect(outcome[0].failure?.message.contains("still in the cache") == true)
        #expect(edge.purges == [])
    }

    /// An edge that cannot be asked just now is no edge that does not understand.
    @Test func aProofThatFailsForAWhileIsTriedAgain() throws {
        let isDown = Mutex(true)
        let edge = Edge { method, target in
            isDown.withLock { $0 } && method == "BAN" ? "503 Service Unavailable" : Self.good(method, target)
        }
        let server = try edge.startServer()
        let harness = try harness(server)
        let prefix = Selectors(prefixes: ["http://s.example/a"])
        #expect(try harness.purge(prefix)[0].failure?.failureClass == .transient && edge.purges == [])
        isDown.withLock { $0 = false }
        #expect(try harness.purge(prefix) == .acknowledged && edge.purges == ["BAN /a"])
    }

    /// What the edge understood yesterday it need not understand with today's configuration.
    @Test func aRefusalEndsTheProof() throws {
        let bans = Mutex("200 Banned")
        let edge = Edge { method, target in method == "BAN" ? bans.withLock { $0 } : Self.good(method, target) }
        let server = try edge.startServer()
        let harness = try harness(server)
        let prefix = Selectors(prefixes: ["http://s.example/a"])
        #expect(try harness.purge(prefix) == .acknowledged)
        bans.withLock { $0 = "200 OK" }
        #expect(try harness.purge(prefix)[0].failure?.failureClass == .permanentItem)
        #expect(try harness.purge(prefix)[0].failure?.message.contains("did not purge a marker") == true)
        #expect(edge.purges == ["BAN /a", "BAN /a"])
    }

    /// Nobody knows what an answer too large to be read would say.
    @Test func anAnswerThatIsTooLargeEndsWhatPurgesMuch() throws {
        let server = try RawServer { connection in
            while let request = connection.readRequest() {
                let isMarker = request.head.contains("cachesync-check-")
                let isBan = request.head.hasPrefix("BAN") && !isMarker
                connection.answer("200 Banned", body: Array(repeating: 65, count: isBan ? 1 << 20 : 0))
            }
        }
        let outcome = try harness(server).purge(Selectors(prefixes: ["http://s.example/a"]))
        #expect(outcome[0].failure?.failureClass == .permanentItem)
        #expect(outcome[0].failure?.message.contains("is not sent again") == true)
    }

    /// A batch of many prefixes does not go on when the first is not understood; one that is refused alone is alone.
    @Test(arguments: [("200 OK", 1), ("403 Forbidden", 1), ("400 Bad Request", 5)])
    func aMisunderstandingEndsItsKind(_ answer: String, _ bans: Int) throws {
        let edge = Edge { method, target in
            method == "BAN" && target == "/p0" ? answer : Self.good(method, target)
        }
        let server = try edge.startServer()
        let harness = try harness(server, connections: 1)
        let items = (0..<5).map { Selectors(urls: ["http://s.example/u\($0)"], prefixes: ["http://s.example/p\($0)"]) }
        let outcome = try harness.purge([(0, batch(items))])[0]
        #expect(edge.purges.filter { $0.hasPrefix("BAN") }.count == bans)
        #expect(edge.purges.filter { $0.hasPrefix("PURGE") }.count == 5)
        #expect((1..<5).allSatisfy { (outcome[$0].failure == nil) == (bans == 5) })
        if bans == 1 {
            #expect((1..<5).allSatisfy { outcome[$0].failure?.message.hasPrefix("not sent, after ") == true })
            #expect((1..<5).allSatisfy { outcome[$0].failure?.kinds == .prefixes })
        }
    }

    @Test func aCheckAnswersForEachKind() throws {
        let edge = Edge { method, target in method == "PURGEKEYS" ? "403 Forbidden" : Self.good(method, target) }
        let server = try edge.startServer()
        let harness = try harness(server)
        for check in try harness.check(times: 3) {
            #expect(check.answers.map(\.kinds) == [.tags, .urls, [.prefixes, .everything]])
            #expect(check.answers.map { $0.failure?.status } == [403, nil, nil])
        }
        #expect(harness.checks.count == 3 && edge.purges == [])
        // It is a proof as well.
        #expect(try harness.purge(Selectors(everything: true)) == .acknowledged && edge.purges == ["BAN /"])
    }

    @Test func aCheckOfAnEdgeThatIsDownAnswersToo() throws {
        let address = EdgeAddress.local(try freePort())
        let edges = [
            edge(NginxAdapter(address: address), at: address), edge(HTTPAdapter(address: address), at: address),
        ]
        let harness = try EngineHarness(edges)
        #expect(try harness.check(0).map { $0.answers.map { $0.failure?.failureClass } } == [[.transient]])
        #expect(try harness.check(1)[0].answers.map(\.kinds) == [.tags, .urls])
    }

    /// Purges that the edge does not answer hold up no check, and a check holds up no purge.
    @Test func checksDoNotWaitForPurges() throws {
        let isChecked = Mutex(false)
        let server = try RawServer { connection in
            while let request = connection.readRequest() {
                if !request.head.contains("cachesync-check-") {
                    try? eventually("the check has come") { isChecked.withLock { $0 } }
                }
                connection.answer("200 Purged 0 objects")
            }
        }
        let address = EdgeAddress.local(server.port)
        let harness = try EngineHarness([
            edge(VarnishAdapter(address: address), at: address, accepts: [.tags], connections: 1)
        ])
        let engine = harness.engine
        var check: EdgeCheck?
        engine.onChecked = { _, answer in
            check = answer
            isChecked.withLock { $0 = true }
        }
        engine.check(edge: 0)
        #expect(try harness.purge([(0, batch([tags("a")])), (0, batch([tags("b")]))]).count == 2)
        #expect(check?.answers.map(\.kinds) == [.tags])
    }

    /// Adapters need no markers; what purges much is not sent without one.
    @Test func withoutMarkersTheCheckIsEmptyAndWideKindsStay() throws {
        struct Mute: EdgeAdapter {
            let inner: HTTPAdapter
            var capabilities: EdgeCapabilities {
                EdgeCapabilities(supports: .all, accepts: .all, soft: false, wideKinds: .everything)
            }
            func plan(_ batch: PurgeBatch) -> CallPlan { inner.plan(batch) }
            func outcome(of result: HTTPClientResult, for call: EdgeCall) -> CallOutcome {
                inner.outcome(of: result, for: call)
            }
            func probes(_ token: String, namespace: Namespace) -> [EdgeProbe] { [] }
        }
        let server = try Edge { _, _ in "200 OK" }.startServer()
        let address = EdgeAddress.local(server.port)
        let harness = try EngineHarness([edge(Mute(inner: HTTPAdapter(address: address)), at: address)])
        #expect(try harness.check(times: 2) == [EdgeCheck(answers: []), EdgeCheck(answers: [])])
        let outcome = try harness.purge(tags("a"), Selectors(everything: true))
        #expect(outcome[0].failure == nil && outcome[1].failure?.failureClass == .permanentTarget)
        #expect(outcome[1].failure?.message.contains("knows no marker") == true)
    }

    @Test func cancellingForgetsChecks() throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.waitForClose()
        }
        let harness = try harness(server)
        harness.engine.check(edge: 0)
        harness.engine.submit(id: 0, edge: 0, batch: batch([Selectors(prefixes: ["http://s.example/a"])]))
        harness.engine.cancelAll()
        #expect(harness.outcomes[0]?[0].failure?.failureClass == .transient)
        #expect(harness.checks.isEmpty && harness.engine.pending == 0)
    }
}
