import HTTP
import Runtime
import Synchronization
import TestSupport
import Testing

/// Calls without waiting for the answers before.
@Suite(.timeLimit(.minutes(2)))
struct PipelinedClientTests {
    private func expectEcho(_ results: [HTTPClientResult], _ count: Int) {
        #expect(results.count == count)
        for (index, result) in results.enumerated() {
            #expect(result.response?.text == "/\(index)", "\(result)")
        }
    }

    /// Answers nothing before all calls are there.
    @Test func callsDoNotWaitForAnswers() throws {
        let server = try RawServer { connection in
            while true {
                let paths = (0..<16).compactMap { _ in connection.readPath() }
                guard paths.count == 16 else { return }
                for path in paths { connection.answer(path: path) }
            }
        }
        let harness = try PipelineHarness(server.url)
        for _ in 0..<3 { expectEcho(try harness.perform(16), 16) }
        #expect(server.connections == 1 && harness.client.isTrusted)
    }

    @Test func whatIsBeyondTheDepthWaits() throws {
        let server = try RawServer { connection in
            while let path = connection.readPath() { connection.answer(path: path) }
        }
        let harness = try PipelineHarness(server.url, connections: 2, depth: 3)
        expectEcho(try harness.perform(500), 500)
        #expect(server.connections <= 2)
    }

    /// A second connection is opened while calls wait on the first, and then both have some.
    @Test func callsAreSpreadOverTheConnections() throws {
        let served = Mutex<[Int]>([])
        let server = try RawServer { connection in
            let own = served.withLock {
                $0.append(0); return $0.count - 1
            }
            while let path = connection.readPath() {
                served.withLock { $0[own] += 1 }
                connection.answer(path: path)
            }
        }
        let harness = try PipelineHarness(server.url, connections: 2)
        for _ in 0..<1_000 where served.withLock({ $0.count(where: { $0 > 0 }) < 2 }) {
            expectEcho(try harness.perform(8), 8)
        }
        #expect(served.withLock { $0.count == 2 && $0.allSatisfy { $0 > 0 } })
    }

    @Test func requestsSayWhatCurlSays() throws {
        let heads = Mutex<[String]>([])
        let server = try RawServer { connection in
            while let request = connection.readRequest() {
                heads.withLock { $0.append(request.head + "|" + String(decoding: request.body, as: UTF8.self)) }
                connection.answer()
            }
        }
        let shared = try HTTPHeaderList([("Host", "shop.example"), ("User-Agent", "me"), ("X-Empty", "")])
        let requests = [
            HTTPClientRequest(url: "\(server.url)/a?b=%20"), HTTPClientRequest(method: "PURGE", url: server.url),
            HTTPClientRequest(
                method: "PURGE", url: "\(server.url)?q", headers: [("X-Own", "1")], sharedHeaders: shared),
            HTTPClientRequest(method: "POST", url: server.url, body: Array("body".utf8)),
            HTTPClientRequest(method: "PUT", url: server.url),
        ]
        #expect(try PipelineHarness(server.url).perform(requests).allSatisfy { $0.response?.status == 200 })
        let host = "Host: 127.0.0.1:\(server.port)"
        let own = "User-Agent: cachesync/0.1.0\r\nAccept: */*"
        let expected = [
            "GET /a?b=%20 HTTP/1.1\r\n\(host)\r\n\(own)|", "PURGE / HTTP/1.1\r\n\(host)\r\n\(own)|",
            "PURGE /?q HTTP/1.1\r\nAccept: */*\r\nHost: shop.example\r\nUser-Agent: me\r\nX-Empty:\r\nX-Own: 1|",
            "POST / HTTP/1.1\r\n\(host)\r\n\(own)\r\nContent-Length: 4|body",
            "PUT / HTTP/1.1\r\n\(host)\r\n\(own)\r\nContent-Length: 0|",
        ]
        #expect(heads.withLock { $0 } == expected)
    }

    /// As proxies are asked, by either client; the request after is asked as usual.
    @Test func aTargetOfItsOwnStandsInTheRequestLine() throws {
        let lines = Mutex<[String]>([])
        let server = try RawServer { connection in
            while let request = connection.readRequest() {
                lines.withLock { $0.append(String(request.head.prefix { $0 != "\r\n" })) }
                connection.answer()
            }
        }
        var whole = HTTPClientRequest(method: "PURGE", url: "\(server.url)/a")
        whole.target = "http://shop.example/a?b"
        let plain = HTTPClientRequest(method: "PURGE", url: "\(server.url)/a")
        var forged = whole
        forged.target = "/a HTTP/1.1\r\nX-Forged: 1"
        let piped = try PipelineHarness(server.url).perform([whole, plain, forged])
        let harness = try ClientHarness()
        let single = try [whole, plain, forged].map { try harness.perform($0) }
        for results in [piped, single] {
            #expect(results.prefix(2).allSatisfy { $0.response?.status == 200 })
            #expect(results[2].failure?.kind == .invalidURL)
        }
        let expected = ["PURGE http://shop.example/a?b HTTP/1.1", "PURGE /a HTTP/1.1"]
        #expect(lines.withLock { $0 } == expected + expected)
    }

    @Test(arguments: [
        "http://elsewhere/", "http://127.0.0.1:1x/", "https://127.0.0.1:1/", "SERVER/a b", "SERVER/a\r\nX: y",
        "SERVER#f", "SERVER9/",
    ])
    func whatMakesNoRequestIsRefused(_ url: String) throws {
        let server = try RawServer { connection in
            while let path = connection.readPath() { connection.answer(path: path) }
        }
        let harness = try PipelineHarness(server.url)
        let bad = HTTPClientRequest(url: url.replacing("SERVER", with: server.url))
        let good = HTTPClientRequest(url: "\(server.url)/good")
        let results = try harness.perform([bad, good, HTTPClientRequest(method: "NO METHOD", url: server.url), good])
        #expect([0, 2].allSatisfy { results[$0].failure?.kind == .invalidURL })
        #expect([1, 3].allSatisfy { results[$0].response?.text == "/good" })
    }

    /// More than the system keeps for a socket: the client waits until the server reads on.
    @Test func aServerThatReadsSlowlyIsWaitedFor() throws {
        let list = try HTTPHeaderList([("X-Long", String(repeating: "x", count: 40_000))])
        let count = 120
        let server = try RawServer { connection in
            while let path = connection.readPath() { connection.answer(path: path) }
        }
        let harness = try PipelineHarness(server.url, depth: count)
        expectEcho(
            try harness.perform(
                (0..<count).map {
                    HTTPClientRequest(
                        method: "PURGE", url: "\(server.url)/\($0)", sharedHeaders: list, timeout: .seconds(30))
                }), count)
        #expect(server.connections == 1)
    }

    @Test func namesAreLookedUp() throws {
        let server = try RawServer { connection in
            while let path = connection.readPath() { connection.answer(path: path) }
        }
        expectEcho(try PipelineHarness("http://localhost:\(server.port)").perform(40), 40)
        let failures = try PipelineHarness("http://nobody.invalid:\(server.port)").perform(3)
        #expect(failures.allSatisfy { $0.failure?.kind == .resolve && $0.failure?.mayHaveBeenSent == false })
    }

    /// A real server that announces its closes, as all do now and then.
    @Test func nginxMayCloseNowAndThen() throws {
        let nginx = try NginxServer(
            "keepalive_requests 10; location / { return 200 $request_uri; } location /0 { return 204; }")
        let harness = try PipelineHarness(nginx.url, connections: 4)
        let results = try harness.perform(1_000)
        #expect(results.count == 1_000 && results[0].response?.status == 204)
        for (index, result) in results.enumerated().dropFirst() {
            #expect(result.response?.text == "/\(index)", "\(result)")
        }
        #expect(harness.client.isTrusted)
    }

    /// All calls are answered; but this server is better asked otherwise.
    @Test func nginxWithoutKeepAliveIsNotTrusted() throws {
        let nginx = try NginxServer("keepalive_timeout 0; location / { return 200 $request_uri; }")
        let harness = try PipelineHarness(nginx.url, connections: 2)
        expectEcho(try harness.perform(50), 50)
        #expect(!harness.client.isTrusted)
    }
}
