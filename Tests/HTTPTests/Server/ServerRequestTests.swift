import HTTP
import Testing

/// Tests of requests to the HTTP server.
@Suite(.timeLimit(.minutes(1)))
struct ServerRequestTests {
    @Test func requestArrivesInFull() throws {
        let server = try HTTPServer(HTTPServerConfiguration(), handler: echo)
        let client = try ServerRawClient(port: server.port)
        client.request("POST", "/a%20b/c?tag=x%26y&empty&plus=a+b", body: "hello")
        let answer = try client.answer()
        #expect(answer.status == 200)
        #expect(answer.body == "POST\n/a b/c\ntag=x&y,empty=,plus=a b\nhello\n127.0.0.1")
        #expect(answer.header("Content-Type") == "text/plain; charset=utf-8")
    }

    @Test func connectionIsKept() throws {
        let server = try HTTPServer(HTTPServerConfiguration(), handler: echo)
        let client = try ServerRawClient(port: server.port)
        for number in 1...20 {
            client.request("GET", "/\(number)")
            #expect(try client.answer().body.hasPrefix("GET\n/\(number)\n"))
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() throws {
        let server = try HTTPServer(HTTPServerConfiguration(), handler: echo)
        let client = try ServerRawClient(port: server.port)
        client.send((1...50).map { "GET /\($0) HTTP/1.1\r\nHost: h\r\n\r\n" }.joined())
        for number in 1...50 { #expect(try client.answer().body.hasPrefix("GET\n/\(number)\n")) }
    }

    @Test func chunkedBodyIsJoined() throws {
        let server = try HTTPServer(HTTPServerConfiguration(), handler: echo)
        let client = try ServerRawClient(port: server.port)
        client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        client.send("4;extension=1\r\ndefg\r\n0\r\n\r\n")
        #expect(try client.answer().body == "POST\n/\n\nabcdefg\n127.0.0.1")
        client.request("GET", "/next")
        #expect(try client.answer().body.hasPrefix("GET\n/next"))
    }

    @Test func headLeavesTheBodyOut() throws {
        let server = try HTTPServer(HTTPServerConfiguration()) { _, responder in responder.respond(.text(200, "hello"))
        }
        let client = try ServerRawClient(port: server.port)
        client.request("HEAD", "/")
        #expect(try client.answer(toHead: true).header("Content-Length") == "5")
        client.request("GET", "/")
        #expect(try client.answer().body == "hello")
    }

    @Test func headersAreFoundWithoutCase() throws {
        let server = try HTTPServer(HTTPServerConfiguration()) { request, responder in
            let all = request.headers.all("X-TAG").joined(separator: "|")
            responder.respond(.text(200, all + " " + (request.headers.first("accept") ?? "-")))
        }
        let client = try ServerRawClient(port: server.port)
        client.request("GET", "/", headers: ["x-tag: one", "Accept: */*", "X-Tag:two"])
        #expect(try client.answer().body == "one|two */*")
    }

    @Test(arguments: [
        ("GET", "http://example.org/p?q=1", "/p\nq=1"), ("GET", "https://example.org?q=1", "/\nq=1"),
        ("GET", "http://example.org", "/\n"), ("OPTIONS", "*", "*\n"), ("PURGE", "/ü", "/ü\n"),
    ])
    func formsOfTargets(method: String, target: String, expected: String) throws {
        let server = try HTTPServer(HTTPServerConfiguration(), handler: echo)
        let client = try ServerRawClient(port: server.port)
        client.request(method, target)
        #expect(try client.answer().body.hasPrefix("\(method)\n\(expected)\n"))
    }

    @Test func olderClientIsServed() throws {
        let server = try HTTPServer(HTTPServerConfiguration(), handler: echo)
        let client = try ServerRawClient(port: server.port)
        client.send("GET /old HTTP/1.0\r\n\r\n")
        #expect(try client.answer().body.hasPrefix("GET\n/old\n"))
        #expect(try client.rest() == "")
    }

    @Test func largestBodyPasses() throws {
        let server = try HTTPServer(.with { $0.bodyBytesMax = 300_000 }) { request, responder in
            responder.respond(.text(200, "\(request.body.count)"))
        }
        let client = try ServerRawClient(port: server.port)
        client.request("POST", "/", body: String(repeating: "x", count: 300_000))
        #expect(try client.answer().body == "300000")
    }

    @Test func bothFamiliesOfAddresses() throws {
        guard let server = try? HTTPServer(HTTPServerConfiguration(address: "::"), handler: echo) else {
            return  // this machine has no IPv6
        }
        for ipv6 in [true, false] {
            let client = try ServerRawClient(port: server.port, ipv6: ipv6)
            client.request("GET", "/")
            #expect(try client.answer().body.hasSuffix(ipv6 ? "\n::1" : "\n127.0.0.1"))
        }
    }

    @Test func accessIsLogged() throws {
        let log = Collected<HTTPAccess>()
        let server = try HTTPServer(.with { $0.onAccess = { log.keep($0) } }, handler: echo)
        let client = try ServerRawClient(port: server.port)
        client.request("GET", "/a%20b?c")
        let body = try client.answer().body
        client.request("GET", "/%zz")
        _ = try client.answer()
        server.stop()
        let lines = log.all.map { "\($0.method) \($0.path) \($0.status) \($0.remoteAddress)" }
        #expect(lines == ["GET /a b 200 127.0.0.1", "GET /%zz 400 127.0.0.1"])
        #expect(log.all.first?.bytes == body.utf8.count)
        #expect(log.all.allSatisfy { $0.duration > .zero })
    }

    @Test func usedPortIsAnError() throws {
        let server = try HTTPServer(HTTPServerConfiguration(), handler: echo)
        let error = #expect(throws: HTTPServerError.self) {
            try HTTPServer(HTTPServerConfiguration(port: server.port), handler: echo)
        }
        #expect(error?.description.contains("\(server.port)") == true)
        #expect(error?.description.contains("Address already in use") == true)
        #expect(throws: HTTPServerError.self) {
            try HTTPServer(HTTPServerConfiguration(address: "not a host"), handler: echo)
        }
    }
}
