import Foundation
import HTTP
import Runtime
import TestSupport
import Testing

/// Against servers that break the rules, or are not there.
@Suite(.timeLimit(.minutes(2)))
struct HTTPClientFailureTests {
    struct Misbehaviour: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let kind: HTTPClientFailure.Kind
        let serve: @Sendable (RawConnection) -> Void

        init(
            _ description: String, _ kind: HTTPClientFailure.Kind, _ serve: @escaping @Sendable (RawConnection) -> Void
        ) {
            (testDescription, self.kind, self.serve) = (description, kind, serve)
        }
    }

    static let misbehaviours = [
        Misbehaviour("closes without an answer", .closedWithoutAnswer) { _ = $0.readRequest() },
        Misbehaviour("resets without an answer", .closedWithoutAnswer) {
            $0.resetOnClose()
            _ = $0.readRequest()
        },
        Misbehaviour("half a status line", .closedWithoutAnswer) {
            _ = $0.readRequest()
            $0.write("HTTP/1.1 2")
        },
        Misbehaviour("half a header", .other) {
            _ = $0.readRequest()
            $0.write("HTTP/1.1 200 OK\r\nContent-Type: te")
        },
        Misbehaviour("half a body", .other) {
            _ = $0.readRequest()
            $0.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        },
        Misbehaviour("not HTTP", .other) {
            _ = $0.readRequest()
            $0.write("220 smtp.example ESMTP\r\n\r\n")
        },
        Misbehaviour("a code beyond the rules", .other) {
            _ = $0.readRequest()
            $0.write("HTTP/1.1 9999999999 Huge\r\nContent-Length: 0\r\n\r\n")
        },
        Misbehaviour("an endless body", .tooLarge) {
            _ = $0.readRequest()
            $0.write("HTTP/1.1 200 OK\r\n\r\n")
            while $0.write([UInt8](repeating: 0x78, count: 65536)) {}
        },
        Misbehaviour("an endless header", .other) {
            _ = $0.readRequest()
            $0.write("HTTP/1.1 200 OK\r\n")
            while $0.write("X-More: " + String(repeating: "x", count: 4000) + "\r\n") {}
        },
        Misbehaviour("an endless chunked body", .tooLarge) {
            _ = $0.readRequest()
            $0.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while $0.write("1000\r\n" + String(repeating: "x", count: 4096) + "\r\n") {}
        },
        Misbehaviour("silence", .timeout) {
            _ = $0.readRequest()
            $0.waitForClose()
        },
        Misbehaviour("a body that never comes", .timeout) {
            _ = $0.readRequest()
            $0.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhal")
            $0.waitForClose()
        },
    ]

    @Test(arguments: misbehaviours)
    func isNamedAndLeavesTheClientUsable(_ misbehaviour: Misbehaviour) throws {
        let bad = try RawServer(misbehaviour.serve)
        let good = try RawServer { connection in
            while connection.readRequest() != nil { connection.answer(body: Array("fine".utf8)) }
        }
        let harness = try ClientHarness()
        let timeout: Duration = misbehaviour.kind == .timeout ? .milliseconds(300) : .seconds(30)
        for _ in 0..<2 {
            let failure = try #require(
                try harness.perform(HTTPClientRequest(method: "PURGE", url: bad.url, timeout: timeout)).failure)
            #expect(failure.kind == misbehaviour.kind, "\(failure)")
            #expect(failure.mayHaveBeenSent)
            #expect(!failure.message.isEmpty)
            #expect(try harness.perform(HTTPClientRequest(url: good.url)).response?.text == "fine")
        }
    }

    @Test func aRefusedConnectionSendsNothing() throws {
        let server = try NginxServer("return 200;")
        let harness = try ClientHarness()
        #expect(try harness.perform(HTTPClientRequest(url: server.url)).response?.status == 200)
        // The handle has sent before; that must not count for the request that is refused.
        server.stop()
        let failure = try #require(try harness.perform(HTTPClientRequest(url: server.url)).failure)
        #expect(failure.kind == .connect, "\(failure)")
        #expect(!failure.mayHaveBeenSent)
    }

    @Test func anUnknownHostIsAResolverFailure() throws {
        let failure = try #require(
            try ClientHarness().perform(HTTPClientRequest(url: "http://no-such-host.invalid/")).failure)
        #expect(failure.kind == .resolve, "\(failure)")
        #expect(!failure.mayHaveBeenSent)
    }

    @Test func connectingHasALimitOfItsOwn() throws {
        // A listener with a full backlog lets further connections wait for ever.
        let listener = try loopbackSocket()
        defer { close(listener) }
        try #require(listen(listener, 0) == 0)
        let port = try boundPort(of: listener)
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let waiting = (0..<4).map { _ in socket(AF_INET, kind, 0) }
        defer { waiting.forEach { close($0) } }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        for descriptor in waiting {
            withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        var configuration = HTTPClientConfiguration()
        configuration.connectTimeout = .milliseconds(200)
        let failure = try #require(
            try ClientHarness(configuration).perform(HTTPClientRequest(url: "http://127.0.0.1:\(port)/")).failure)
        #expect(failure.kind == .timeout, "\(failure)")
        #expect(!failure.mayHaveBeenSent)
    }

    @Test(arguments: [
        "", "ftp://127.0.0.1/", "127.0.0.1/", "file:///etc/passwd", "http://", "http://a b/", "http://h/\u{0}x",
        "http://h/x\r\nX-Forged: 1", "http://h:99999/", "http://[::1/", "HTTP", "http://h/\u{7f}",
    ])
    func aBadURLIsRefused(_ url: String) throws {
        let harness = try ClientHarness()
        let failure = try #require(try harness.perform(HTTPClientRequest(url: url)).failure)
        #expect(failure.kind == .invalidURL, "\(failure)")
        #expect(!failure.mayHaveBeenSent)
    }

    @Test(arguments: [
        HTTPClientRequest(method: "PURGE X", url: "http://127.0.0.1/"),
        HTTPClientRequest(method: "", url: "http://127.0.0.1/"),
        HTTPClientRequest(method: "P\r\nX: 1", url: "http://127.0.0.1/"),
        HTTPClientRequest(method: "HEAD", url: "http://127.0.0.1/", body: [1]),
        HTTPClientRequest(url: "http://127.0.0.1/", headers: [("X-Key", "a\r\nX-Forged: 1")]),
        HTTPClientRequest(url: "http://127.0.0.1/", headers: [("X-Key", "a\u{0}b")]),
        HTTPClientRequest(url: "http://127.0.0.1/", headers: [("X Key", "a")]),
        HTTPClientRequest(url: "http://127.0.0.1/", headers: [("", "a")]),
        HTTPClientRequest(url: "http://127.0.0.1/", headers: [("Transfer-Encoding", "chunked")]),
        HTTPClientRequest(url: "http://127.0.0.1/", headers: [("content-length", "5")]),
    ])
    func whatWouldForgeARequestIsRefused(_ request: HTTPClientRequest) throws {
        let harness = try ClientHarness()
        let failure = try #require(try harness.perform(request).failure)
        #expect(failure.kind == .invalidURL, "\(failure)")
        #expect(!failure.mayHaveBeenSent)
    }

    @Test func cancellingReportsEveryRequestOnce() throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.waitForClose()
        }
        let harness = try ClientHarness()
        var failures: [HTTPClientFailure] = []
        harness.client.onFinish = { _, result in
            if let failure = result.failure { failures.append(failure) }
        }
        for token in UInt64(0)..<10 { harness.client.send(HTTPClientRequest(url: server.url), token: token) }
        harness.client.send(HTTPClientRequest(url: "nonsense"), token: 99)
        #expect(harness.client.inFlight == 11)
        try harness.run { server.connections == 10 }
        harness.client.cancelAll()
        #expect(harness.client.inFlight == 0)
        #expect(failures.filter { $0.kind == .cancelled }.count == 10)
        #expect(failures.filter { $0.kind == .invalidURL }.count == 1)
        harness.client.cancelAll()
        #expect(failures.count == 11)
    }

    @Test func aClientMayGoWithRequestsInFlight() throws {
        let server = try RawServer { connection in
            while connection.readRequest() != nil { connection.answer() }
        }
        let loop = try EventLoop()
        var client: HTTPClient? = try HTTPClient(loop: loop)
        client?.onFinish = { _, _ in
            // From within its own report, with nine others on their way.
            client = nil
            loop.stop()
        }
        for token in UInt64(0)..<10 { client?.send(HTTPClientRequest(url: server.url), token: token) }
        try loop.run(within: .seconds(30))
        #expect(client == nil)
    }
}
