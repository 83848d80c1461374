import Foundation
import HTTP
import Runtime
import Synchronization
import TestSupport
import Testing

/// What is kept from one request to the next, and what is not.
@Suite(.timeLimit(.minutes(2)))
struct HTTPClientConnectionTests {
    private final class Heads: Sendable {
        private let heads = Mutex<[String]>([])
        func append(_ head: String) { heads.withLock { $0.append(head) } }
        var all: [String] { heads.withLock { $0 } }
    }

    @Test func aConnectionIsUsedAgain() throws {
        let server = try RawServer { connection in
            while connection.readRequest() != nil { connection.answer() }
        }
        let harness = try ClientHarness()
        for _ in 0..<200 {
            #expect(try harness.perform(HTTPClientRequest(method: "PURGE", url: server.url)).response?.status == 200)
        }
        #expect(server.connections == 1)
    }

    @Test func aKeptConnectionThatTheServerClosesIsReplaced() throws {
        let server = try RawServer { connection in
            // Says nothing of closing, as a server that restarts does.
            _ = connection.readRequest()
            connection.answer()
        }
        let harness = try ClientHarness()
        for round in 1...50 {
            let result = try harness.perform(HTTPClientRequest(method: "PURGE", url: server.url))
            #expect(result.response?.status == 200, "\(result)")
            #expect(server.connections >= round)
        }
    }

    @Test func anIdleConnectionThatSpeaksIsNotTrusted() throws {
        let unasked = Heads()
        let server = try RawServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.answer(body: Array("asked".utf8))
            connection.answer(body: Array("unasked".utf8))
            unasked.append("sent")
            while connection.readRequest() != nil { connection.answer(body: Array("late".utf8)) }
        }
        let harness = try ClientHarness()
        for round in 1...5 {
            #expect(try harness.perform(HTTPClientRequest(url: server.url)).response?.text == "asked")
            // The loop sees the idle connection become readable, and must not spin on it.
            try harness.run { unasked.all.count == round }
        }
    }

    @Test func aSlowAnswerInPiecesIsRead() throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            for byte in Array("HTTP/1.1 200 Purged 3 objects\r\nContent-Length: 4\r\n\r\nslow".utf8) {
                connection.write([byte])
                usleep(1000)  // lets each byte travel alone
            }
        }
        let response = try #require(try ClientHarness().perform(HTTPClientRequest(url: server.url)).response)
        #expect(response.status == 200)
        #expect(response.reason == "Purged 3 objects")
        #expect(response.text == "slow")
    }

    @Test(arguments: [
        ("HTTP/1.1 200\r\n", 200, ""), ("HTTP/1.1 200 \r\n", 200, ""),
        ("HTTP/1.0 404 Not  in cache \r\n", 404, "Not  in cache"),
        ("HTTP/1.1 100 Continue\r\nServer: interim\r\n\r\nHTTP/1.1 201 Made\r\n", 201, "Made"),
        ("HTTP/1.1 200 \u{ff}\u{0e9}t\u{e9}\r\n", 200, "\u{ff}\u{0e9}t\u{e9}"),
    ])
    func statusLinesAreRead(_ lines: String, _ status: Int, _ reason: String) throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write(lines + "Content-Length: 0\r\n\r\n")
        }
        let response = try #require(try ClientHarness().perform(HTTPClientRequest(url: server.url)).response)
        #expect(response.status == status)
        #expect(response.reason == reason)
        #expect(response.server == nil)
    }

    @Test func retryAfterMayBeADate() throws {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "GMT")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        let dates: [(String, ClosedRange<Duration>?)] = [
            (format.string(from: Date(timeIntervalSinceNow: 90)), .seconds(80)...(.seconds(90))),
            (format.string(from: Date(timeIntervalSinceNow: -90)), nil),
            ("99999999999999", .seconds(86_400)...(.seconds(86_400))), ("soon", nil), ("-1", nil),
        ]
        for (value, expected) in dates {
            let server = try RawServer { connection in
                _ = connection.readRequest()
                connection.answer("429 Too Many Requests", headers: ["retry-after: \(value)"])
            }
            let response = try #require(try ClientHarness().perform(HTTPClientRequest(url: server.url)).response)
            if let expected {
                #expect(try expected.contains(#require(response.retryAfter)), "\(value)")
            } else {
                #expect(response.retryAfter == nil, "\(value)")
            }
        }
    }

    @Test func theHeaderIsKeptWhereItIsWanted() throws {
        let server = try RawServer { connection in
            while connection.readRequest() != nil {
                connection.answer(headers: ["X-One: 1", "x-two:  2 "] + (0..<100).map { "N-\($0): \($0)" })
            }
        }
        let harness = try ClientHarness()
        var request = HTTPClientRequest(url: server.url)
        #expect(try harness.perform(request).response?.header.fields.isEmpty == true)
        request.keepsHeader = true
        let header = try #require(try harness.perform(request).response).header
        #expect(header.first("x-ONE") == "1" && header.first("X-Two") == "2" && header.fields.count == 64)
    }

    @Test func aBodyIsSentAsGiven() throws {
        let heads = Heads()
        let server = try RawServer { connection in
            while let request = connection.readRequest() {
                heads.append(request.head)
                connection.answer(body: request.body)
            }
        }
        let bodies: [[UInt8]] = [[0], Array("{\"a\":1}".utf8), .init(repeating: 7, count: 3_000_000), []]
        let harness = try ClientHarness()
        for body in bodies {
            let request = HTTPClientRequest(
                method: "POST", url: server.url, headers: [("Content-Type", "application/json"), ("X-Empty", "")],
                body: body, responseBytesMax: 4_000_000)
            #expect(try harness.perform(request).response?.body == body)
        }
        for (head, body) in zip(heads.all, bodies) {
            #expect(head.contains("POST / HTTP/1.1"))
            #expect(head.contains("Content-Length: \(body.count)"))
            #expect(head.contains("Content-Type: application/json"))
            #expect(head.contains("X-Empty:"))
            #expect(!head.contains("Expect"))
        }
    }

    /// Handles are used again for requests of another kind; nothing of the former may cling to them.
    @Test func everyRequestIsSentAsIfItWereTheFirst() throws {
        let server = try RawServer { connection in
            while let (head, body) = connection.readRequest() {
                let isHead = head.hasPrefix("HEAD")
                let echo = Array((head.replacingOccurrences(of: "\r\n", with: "\n") + "\n").utf8) + body
                connection.answer("200 \(body.count)", body: isHead ? [] : echo)
            }
        }
        var configuration = HTTPClientConfiguration()
        configuration.connectionsPerHostMax = 3
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let shared = try [
            HTTPHeaderList([("X-Key", "one")]), HTTPHeaderList([("X-Key", "two"), ("Content-Type", "t/u")]),
        ]
        let harness = try ClientHarness(configuration)
        for _ in 0..<40 {
            let requests = (0..<12).map { index in
                let methods = ["GET", "HEAD", "POST", "PUT", "PURGE", "DELETE", "BAN"]
                let method = methods.randomElement(using: &random) ?? ""
                let hasBody = method != "HEAD" && Bool.random(using: &random)
                return HTTPClientRequest(
                    method: method, url: "\(server.url)/\(index)",
                    headers: Bool.random(using: &random) ? [("X-Own", "\(index)")] : [],
                    sharedHeaders: [nil, shared[0], shared[1]].randomElement(using: &random) ?? nil,
                    body: hasBody ? Array("body \(index)".utf8) : [],
                    version: Bool.random(using: &random) ? .http1 : .automatic)
            }
            for (request, result) in zip(requests, try harness.perform(requests)) {
                let response = try #require(result.response, "seed \(seed): \(result)")
                #expect(response.reason == "\(request.body.count)", "seed \(seed)")
                guard request.method != "HEAD" else { continue }
                #expect(response.text == Self.expected(request, port: server.port), "seed \(seed)")
            }
        }
    }

    private static func expected(_ request: HTTPClientRequest, port: Int) -> String {
        let path = request.url.split(separator: "/").last ?? ""
        var lines = ["\(request.method) /\(path) HTTP/1.1", "Host: 127.0.0.1:\(port)"]
        lines += ["User-Agent: cachesync/0.1.0", "Accept: */*"]
        lines += ((request.sharedHeaders?.fields ?? []) + request.headers).map { "\($0.name): \($0.value)" }
        if !request.body.isEmpty || ["POST", "PUT"].contains(request.method) {
            lines.append("Content-Length: \(request.body.count)")
        }
        return lines.joined(separator: "\n") + "\n" + String(decoding: request.body, as: UTF8.self)
    }
}
