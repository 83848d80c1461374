import Edges
import HTTP
import Invalidations
import Synchronization
import TestSupport
import Testing

/// Headers that configurations add to calls.
@Suite(.timeLimit(.minutes(1)))
struct EdgeHeaderTests {
    private func heads(_ change: (inout EdgeConfiguration) -> Void) throws -> (heads: [String], outcome: PurgeOutcome) {
        let heads = Mutex<[String]>([])
        let server = try RawServer { connection in
            while let request = connection.readRequest() {
                heads.withLock { $0.append(request.head + "\r\n") }
                connection.answer("401 Unauthorized", headers: ["Content-Type: text/plain"], body: Array("hush".utf8))
            }
        }
        var edge = edge(NginxAdapter(address: .local(server.port)), at: .local(server.port))
        change(&edge)
        let outcome = try EngineHarness([edge]).purge(urls("https://s.example/1"), urls("http://s.example/2"))
        return (heads.withLock { $0 }, outcome)
    }

    @Test func headersAndSchemeReachTheEdge() throws {
        let (heads, _) = try heads { edge in
            edge.headers = [EdgeHeader("X-Site", "main"), EdgeHeader("User-Agent", "ours/1")]
        }
        #expect(heads.count == 2)
        for head in heads {
            #expect(head.contains("\r\nX-Site: main\r\n") && head.contains("\r\nUser-Agent: ours/1\r\n"))
            #expect(!head.contains("User-Agent: cachesync"))
            let scheme = head.contains("/purge/1") ? "https" : "http"
            #expect(head.contains("\r\nX-Forwarded-Proto: \(scheme)\r\n"))
        }
        let plain = try self.heads { _ in }.heads
        #expect(plain.allSatisfy { $0.contains("\r\nUser-Agent: cachesync/") })
    }

    /// Whatever stands in a configuration, a call that cannot be sent fails; nothing else does.
    @Test(arguments: ["Expect", "Content-Length", "Transfer-Encoding", "X Y", "", "X-A\r\nX-B"])
    func aHeaderThatCannotBeSentIsAFailure(_ name: String) throws {
        #expect(EdgeCredentials.header(name, "k") == nil)
        let (heads, outcome) = try heads { $0.headers = [EdgeHeader(name, "1")] }
        #expect(heads.isEmpty && outcome[0].failure?.failureClass == .permanentItem)
    }
}
