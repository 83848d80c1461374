import HTTP
import TestSupport
import Testing

/// What RFC 9112 says of lines, fields, lengths and chunks: a request that breaks it gets one answer, at once, and its
/// connection ends.
@Suite(.timeLimit(.minutes(1)))
struct ServerFramingTests {
    struct Form: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: String
        let status: Int

        init(_ name: String, _ bytes: String, _ status: Int = 400) {
            (testDescription, self.bytes, self.status) = (name, bytes, status)
        }
    }

    private static func post(_ fields: String, _ body: String = "hello") -> String {
        "POST / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n\(body)"
    }

    private static func withLength(_ fields: String) -> String { post("\(fields)Content-Length: 5\r\n") }

    private static func chunked(_ body: String) -> String { post("Transfer-Encoding: chunked\r\n", body) }

    private static let lengths = [
        Form("a list of lengths", post("Content-Length: 5, 5\r\n")),
        Form("a signed length", post("Content-Length: +5\r\n")),
        Form("a negative length", post("Content-Length: -5\r\n")),
        Form("a length in hex", post("Content-Length: 0x5\r\n")),
        Form("no length at all", post("Content-Length: \r\n")),
        Form("a length in words", post("Content-Length: five\r\n")),
        Form("a length with a fraction", post("Content-Length: 5.0\r\n")),
        Form("an absurd length", post("Content-Length: 99999999999999999999\r\n"), 413),
        Form("the largest length", post("Content-Length: 18446744073709551615\r\n"), 413),
    ]

    private static let fields = [
        Form("a blank behind a name", post("Content-Length : 5\r\n")),
        Form("a tab behind a name", withLength("X\t: y\r\n")),
        Form("a blank within a name", withLength("X Y: z\r\n")), Form("an empty name", withLength(": x\r\n")),
        Form("a name beyond ASCII", withLength("Xä: y\r\n")), Form("a NUL in a value", withLength("X: a\0b\r\n")),
        Form("a NUL before a value", withLength("X: \0b\r\n")), Form("a NUL in a name", withLength("X\0Y: b\r\n")),
        Form("a NUL behind the length", post("Content-Length: 5\0\r\n")), Form("a bare CR", withLength("X: a\rb\r\n")),
        Form("a control character", withLength("X: a\u{01}b\r\n")), Form("a DEL", withLength("X: a\u{7f}b\r\n")),
        Form("a bare LF", withLength("X: a\nY: b\r\n")), Form("a bare LF at the end", post("Content-Length: 5\n")),
        Form("an empty line of LF alone", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\nhello"),
        Form("a request line of LF alone", "GET / HTTP/1.1\nHost: h\r\n\r\n"),
        Form("LF throughout", "GET / HTTP/1.1\nHost: h\n\n"), Form("a folded field", withLength("X: a\r\n b\r\n")),
        Form("a field folded with a tab", withLength("X: a\r\n\tb\r\n")),
        Form("a fold before the first field", "GET / HTTP/1.1\r\n X: a\r\nHost: h\r\n\r\n"),
        Form("a fold behind the last field", post("Content-Length: 5\r\n \r\n")),
        Form("no colon", withLength("X\r\n")),
    ]

    private static let sizes = [
        Form("a target of 31 kB", "GET /\(String(repeating: "a", count: 31_000)) HTTP/1.1\r\nHost: h\r\n\r\n", 414),
        Form("a query of 31 kB", "GET /?\(String(repeating: "a&", count: 15_500)) HTTP/1.1\r\nHost: h\r\n\r\n", 414),
        Form("a target of 100 kB", "GET /\(String(repeating: "a", count: 100_000)) HTTP/1.1\r\nHost: h\r\n\r\n", 414),
        Form("fields of 100 kB", withLength(String(repeating: "X: y\r\n", count: 17_000)), 431),
        Form("cookies of 20 kB", withLength("Cookie: \(String(repeating: "a=b; ", count: 4_000))\r\n"), 431),
    ]

    private static let chunks = [
        Form("a chunk of 16 f", chunked("ffffffffffffffff\r\nhello\r\n0\r\n\r\n"), 413),
        Form("a chunk of 17 f", chunked("fffffffffffffffff\r\nhello\r\n0\r\n\r\n"), 413),
        Form("a chunk beyond the bound", chunked("100001\r\nhello\r\n0\r\n\r\n"), 413),
        Form("a signed chunk", chunked("+5\r\nhello\r\n0\r\n\r\n")),
        Form("a chunk in 0x", chunked("0x5\r\nhello\r\n0\r\n\r\n")),
        Form("a chunk's size of LF alone", chunked("5\nhello\r\n0\r\n\r\n")),
        Form("a chunk that ends with LF alone", chunked("5\r\nhello\n5\r\nhello\r\n0\r\n\r\n")),
        Form("a chunk without an end", chunked("5\r\nhelloXX0\r\n\r\n")),
        Form("an extension of 2 kB", chunked("5;\(String(repeating: "x", count: 2_000))\r\nhello\r\n0\r\n\r\n")),
        Form("an extension of 1 MB", chunked("5;\(String(repeating: "x", count: 1 << 20))\r\nhello\r\n0\r\n\r\n")),
    ]

    /// - Parameter pause: where the bytes are sent in two pieces.
    private func exchange(_ form: Form, pieces: Int) throws {
        let reached = Collected<String>()
        let server = try HTTPServer(.with { $0.idleTimeout = .seconds(40) }) { request, responder in
            reached.keep(request.path)
            responder.respond(.empty(204))
        }
        let client = try ServerRawClient(port: server.port)
        let bytes = Array(form.bytes.utf8)
        let clock = ContinuousClock()
        let began = clock.now
        if pieces == 2 {
            // The first line alone, so that what follows is parsed in another turn.
            let end = (bytes.firstIndex(of: 0x0A) ?? 0) + 1
            client.send(Array(bytes[..<end]))
            // An answer on another connection shows that the server has had its turn.
            let other = try ServerRawClient(port: server.port)
            other.request("GET", "/other")
            _ = try other.answer()
            client.send(Array(bytes[end...]))
        } else {
            client.send(bytes)
        }
        let answer = try client.answer()
        #expect(answer.status == form.status)
        #expect(answer.header("Connection")?.lowercased() == "close")
        #expect(try client.rest() == "", "one answer, and the end")
        #expect(clock.now - began < .seconds(10))
        #expect(reached.all.allSatisfy { $0 == "/other" })
    }

    @Test(arguments: lengths + fields + sizes + chunks)
    func isRefusedOnceAndTheConnectionEnds(form: Form) throws {
        try exchange(form, pieces: 1)
    }

    @Test(arguments: lengths + fields + sizes)
    func isRefusedAlsoWhenItComesInPieces(form: Form) throws {
        try exchange(form, pieces: 2)
    }

    /// What the RFC allows, or allows to be read.
    @Test(arguments: [
        Form("blanks around a value", withLength("X:  \t y \t \r\n"), 200),
        Form("no blank", withLength("X:y\r\n"), 200),
        Form("an empty value", withLength("X:\r\n"), 200),
        Form("an empty value with blanks", withLength("X:  \r\n"), 200),
        Form("letters beyond ASCII in a value", withLength("X: ä\r\n"), 200),
        Form("cookies", withLength("Cookie: a=b; c=\"d\"\r\n"), 200),
        Form("an empty line before", "\r\n" + withLength(""), 200),
        Form("many parameters", "GET /?\(String(repeating: "a&", count: 4_000)) HTTP/1.1\r\nHost: h\r\n\r\n", 200),
        Form("a short extension", chunked("5;a=b\r\nhello\r\n0\r\n\r\n"), 200),
        Form("leading zeros", chunked("0005\r\nhello\r\n0\r\n\r\n"), 200),
        Form("two chunks", chunked("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"), 200),
        Form("a trailer", chunked("5\r\nhello\r\n0\r\nX: y\r\n\r\n"), 200),
        Form("line ends within a chunk", chunked("5\r\n\n\r\n\r\n\r\n0\r\n\r\n"), 200),
    ])
    func isServedAndTheConnectionGoesOn(form: Form) throws {
        let server = try HTTPServer(HTTPServerConfiguration(), handler: echo)
        let client = try ServerRawClient(port: server.port)
        // Twice: the second request stands elsewhere in the library's memory.
        client.send(form.bytes + form.bytes)
        #expect(try client.answer().status == form.status)
        #expect(try client.answer().status == form.status)
        client.request("GET", "/next")
        #expect(try client.answer().body.hasPrefix("GET\n/next"))
    }

    /// Cuts a sound request at every byte: its parts are refused no more than the whole is.
    @Test func aSoundRequestMayComeInAnyPieces() throws {
        let server = try HTTPServer(HTTPServerConfiguration(), handler: echo)
        let client = try ServerRawClient(port: server.port)
        let request = Array(Self.chunked("2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n").utf8)
        for cut in 1..<request.count {
            client.send(Array(request[..<cut]))
            let other = try ServerRawClient(port: server.port)
            other.request("GET", "/")
            _ = try other.answer()
            client.send(Array(request[cut...]))
            #expect(try client.answer().body == "POST\n/\n\nhello\n127.0.0.1", "cut at \(cut)")
        }
    }

    @Test func aScreenedRequestIsAnsweredBeforeItsBodyComes() throws {
        let server = try HTTPServer(
            .with { $0.screen = { $0.path == "/open" ? nil : .problem(401, "no") } }, handler: echo)
        let client = try ServerRawClient(port: server.port)
        client.send("POST /closed HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n")
        let answer = try client.answer()
        #expect(answer.status == 401)
        #expect(answer.header("Connection")?.lowercased() == "close")
        #expect(try client.rest() == "")
        let next = try ServerRawClient(port: server.port)
        // Without a body there is nothing to be spared, and the connection is kept.
        next.request("GET", "/closed")
        #expect(try next.answer().status == 401)
        next.request("POST", "/open", body: "hello")
        #expect(try next.answer().body.hasPrefix("POST\n/open\n\nhello"))
    }

    /// The address that has too many connections hurts itself alone.
    @Test func idleConnectionsOfOneAddressKeepNobodyElseOut() throws {
        let server = try HTTPServer(
            .with {
                $0.connectionLimit = 16
                $0.perAddressLimit = 4
            }, handler: echo)
        let idle = try (0..<200).map { _ in try ServerRawClient(port: server.port) }
        let clock = ContinuousClock()
        let began = clock.now
        let client = try ServerRawClient(port: server.port, from: 0x7f00_0002)
        client.request("GET", "/")
        #expect(try client.answer().body.hasSuffix("127.0.0.2"))
        #expect(clock.now - began < .seconds(5))
        withExtendedLifetime(idle) {}
    }
}
