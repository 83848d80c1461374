import HTTP
import TestSupport
import Testing

/// Tests of addresses to listen on.
@Suite(.timeLimit(.minutes(1)))
struct ListenAddressTests {
    @Test func freeTakenAndUnusableAreToldApart() throws {
        let server = try HTTPServer(HTTPServerConfiguration()) { _, responder in responder.respond(.text(200, "")) }
        #expect(ListenAddress.check(host: "127.0.0.1", port: server.port) == .taken)
        let port = server.port
        server.stop()
        #expect(ListenAddress.check(host: "127.0.0.1", port: port) == .free)
        // Looking takes nothing away.
        #expect(ListenAddress.check(host: "localhost", port: port) == .free)
        for host in ["192.0.2.1", "there-is-no-such-host.invalid"] {
            guard case .unusable(let reason) = ListenAddress.check(host: host, port: port) else {
                Issue.record("\(host) can be listened at")
                continue
            }
            #expect(!reason.isEmpty)
        }
        guard case .unusable = ListenAddress.check(host: "127.0.0.1", port: 70_000) else {
            Issue.record("70000 is a port")
            return
        }
    }
}
