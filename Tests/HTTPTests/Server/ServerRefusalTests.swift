import HTTP
import TestSupport
import Testing

/// Tests of refusals of the HTTP server.
@Suite(.timeLimit(.minutes(1)))
struct ServerRefusalTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: String
        let status: Int

        init(_ name: String, _ bytes: String, _ status: Int) {
            (testDescription, self.bytes, self.status) = (name, bytes, status)
        }
    }

    private static let end = "Host: h\r\n\r\n"

    static let malformed = [
        Fault("escape cut short", "GET /a%2 HTTP/1.1\r\n" + end, 400),
        Fault("escape that is none", "GET /a%zz HTTP/1.1\r\n" + end, 400),
        Fault("escaped NUL", "GET /a%00b HTTP/1.1\r\n" + end, 400),
        Fault("escaped NUL in the query", "GET /a?b=%00 HTTP/1.1\r\n" + end, 400),
        Fault("broken escape in the query", "GET /a?b=%f HTTP/1.1\r\n" + end, 400),
        Fault("NUL in the path", "GET /a\0b HTTP/1.1\r\n" + end, 400),
        Fault("NUL in the query", "GET /a?b\0c HTTP/1.1\r\n" + end, 400),
        Fault("NUL in the method", "GE\0T / HTTP/1.1\r\n" + end, 400),
        Fault("not UTF-8", "GET /%ff%fe HTTP/1.1\r\n" + end, 400),
        Fault("control character", "GET /a\u{01} HTTP/1.1\r\n" + end, 400),
        Fault("fragment", "GET /a#b HTTP/1.1\r\n" + end, 400),
        Fault("relative target", "GET a HTTP/1.1\r\n" + end, 400),
        Fault("authority alone", "CONNECT h:80 HTTP/1.1\r\n" + end, 400),
        Fault("URL without authority", "GET http:///a HTTP/1.1\r\n" + end, 400),
        Fault("method that is no token", "G(T / HTTP/1.1\r\n" + end, 400),
        Fault("endless method", String(repeating: "G", count: 40) + " / HTTP/1.1\r\n" + end, 400),
        Fault("long target", "GET /" + String(repeating: "a", count: 9000) + " HTTP/1.1\r\n" + end, 414),
        Fault("two hosts", "GET / HTTP/1.1\r\nHost: a\r\n" + end, 400),
        Fault("two lengths", "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n" + end, 400),
        Fault("two framings", "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n" + end, 400),
        Fault("strange coding", "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n" + end, 501),
        Fault("declared too large", "POST / HTTP/1.1\r\nContent-Length: 1048577\r\n" + end, 413),
        Fault("space in the target", "GET /a b HTTP/1.1\r\n" + end, 400),
        Fault("two spaces", "GET  / HTTP/1.1\r\n" + end, 400),
        Fault("no host", "GET / HTTP/1.1\r\n\r\n", 400),
        Fault("no version", "GET /\r\n" + end, 400),
        Fault("future version", "GET / HTTP/3.0\r\n" + end, 505),
        Fault("large header", "GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 40_000) + "\r\n" + end, 431),
    ]

    @Test(arguments: malformed)
    func malformedRequestNeverReachesTheHandler(fault: Fault) throws {
        let reached = Collected<String>()
        let server = try HTTPServer(HTTPServerConfiguration()) { request, responder in
            reached.keep(request.path)
            responder.respond(.empty(204))
        }
        let client = try ServerRawClient(port: server.port)
        client.send(fault.bytes)
        #expect(try client.answer().status == fault.status)
        #expect(try client.rest() == "")  // the connection is closed: what follows cannot be trusted
        #expect(reached.all.isEmpty)
    }

    @Test func refusalIsAProblemDocument() throws {
        let server = try HTTPServer(HTTPServerConfiguration(), handler: echo)
        let client = try ServerRawClient(port: server.port)
        client.request("GET", "/%zz")
        let answer = try client.answer()
        #expect(answer.header("Content-Type") == "application/problem+json")
        #expect(
            answer.body == #"{"type":"about:blank","title":"Bad Request","status":400,"#
                + #""detail":"The path is not percent-encoded UTF-8, or holds a NUL."}"#)
    }

    @Test func refusalsHaveTheTypeThatTheConfigurationSays() throws {
        let server = try HTTPServer(
            .with {
                $0.problemType = { "/problems/\($0)" }
                $0.targetBytesMax = 1_000
            }
        ) { request, responder in
            // Dropped without an answer.
            if request.path != "/dropped" { responder.respond(.empty(200)) }
        }
        let requests = ["/%zz": 400, "/\(String(repeating: "x", count: 2_000))": 414, "/dropped": 500]
        for (path, status) in requests {
            let client = try ServerRawClient(port: server.port)
            client.request("GET", path)
            #expect(try client.answer().body.hasPrefix("{\"type\":\"/problems/\(status)\""), "\(path.prefix(20))")
        }
    }

    @Test func chunkedBodyThatGrowsTooLargeIsRefused() throws {
        let server = try HTTPServer(.with { $0.bodyBytesMax = 1000 }, handler: echo)
        let client = try ServerRawClient(port: server.port)
        let chunk = "200\r\n" + String(repeating: "x", count: 512) + "\r\n"
        client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + chunk + "0\r\n\r\n")
        let answer = try client.answer()
        #expect(answer.status == 413)
        #expect(answer.header("Connection")?.lowercased() == "close")
        #expect(try client.rest() == "")
    }

    @Test func endlessBodyIsCutOff() throws {
        let server = try HTTPServer(.with { $0.bodyBytesMax = 1000 }, handler: echo)
        let client = try ServerRawClient(port: server.port)
        client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        let chunk = "1000\r\n" + String(repeating: "x", count: 4096) + "\r\n"
        _ = try client.sendUntilHeard(Array(chunk.utf8), max: 100_000_000)
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func garbageBreaksNothing(seed: UInt64) throws {
        let server = try HTTPServer(HTTPServerConfiguration(), handler: echo)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let client = try ServerRawClient(port: server.port)
            var bytes = random.next() % 2 == 0 ? Array("POST /a HTTP/1.1\r\nHost: h\r\n".utf8) : []
            bytes += (0..<Int(random.next() % 3000)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            client.send(bytes + Array("\r\n\r\n".utf8))
        }
        let client = try ServerRawClient(port: server.port)
        client.request("GET", "/alive")
        #expect(try client.answer().status == 200, "seed \(seed)")
    }

    @Test func silentClientIsCutOff() throws {
        let server = try HTTPServer(.with { $0.idleTimeout = .seconds(1) }, handler: echo)
        let client = try ServerRawClient(port: server.port)
        client.send("GET / HTTP/1.1\r\nHost: ")
        #expect(try !client.rest().contains("200"))
    }

    /// Each byte keeps the connection from being idle; the whole request must come in time nevertheless.
    @Test(arguments: ["GET / HTTP/1.1\r\nX: ", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 999999\r\n\r\n"])
    func trickleIsCutOff(start: String) throws {
        let server = try HTTPServer(.with { $0.requestTimeout = .seconds(1) }, handler: echo)
        let client = try ServerRawClient(port: server.port)
        client.send(start)
        try eventually("the server closes") { !client.send("x") }
    }

    @Test func connectionsPerAddressAreBounded() throws {
        let server = try HTTPServer(.with { $0.perAddressLimit = 2 }, handler: echo)
        let clients = try (0..<2).map { _ in
            let client = try ServerRawClient(port: server.port)
            client.request("GET", "/")
            _ = try client.answer()
            return client
        }
        let third = try ServerRawClient(port: server.port)
        third.request("GET", "/")
        #expect(try third.rest() == "")
        clients[0].close()
        try eventually("there is capacity again") {
            let next = try ServerRawClient(port: server.port)
            next.request("GET", "/")
            return (try? next.answer().status) == 200
        }
        clients[1].request("GET", "/")
        #expect(try clients[1].answer().status == 200)
    }

    @Test func bodiesOfAllRequestsTogetherAreBounded() throws {
        let begun = Collected<Bool>()
        var configuration = HTTPServerConfiguration()
        configuration.bodiesBytesMax = 1_000
        // One thread takes what comes in its order.
        configuration.threads = 1
        configuration.screen = { _ in
            begun.keep(true)
            return nil
        }
        let server = try HTTPServer(configuration, handler: echo)
        let half = String(repeating: "x", count: 600)
        let head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 900\r\n\r\n"
        let first = try ServerRawClient(port: server.port)
        first.send(head + half)
        try eventually("its head has come") { !begun.all.isEmpty }
        var refused: ServerRawClient.Answer?
        try eventually("another body finds no capacity") {
            let second = try ServerRawClient(port: server.port)
            second.send(head + half)
            // The first's body may come a moment after its head.
            second.send(String(half.prefix(300)))
            let answer = try second.answer()
            if answer.status == 503 { refused = answer }
            return refused != nil
        }
        #expect(refused?.header("Retry-After") == "1")
        first.send(String(half.prefix(300)))
        #expect(try first.answer().status == 200)
        let third = try ServerRawClient(port: server.port)
        third.send(head + half + half.prefix(300))
        #expect(try third.answer().status == 200)
    }
}
