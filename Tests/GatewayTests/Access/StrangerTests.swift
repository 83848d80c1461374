import Foundation
import Gateway
import HTTP
import Runtime
import TestSupport
import Testing
import TopicCatalogue

/// Tests of what strangers may cost: little memory, and nobody else's turn.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct StrangerTests {
    /// Of this process, in bytes: the gateway runs in it.
    private static func residentBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        let pages = try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    private static let good = ["Authorization: Bearer a-long-token-that-nobody-guesses"]

    private static func gateway(_ configure: (inout GatewayConfiguration) -> Void = { _ in }) throws -> GatewayFixture {
        try GatewayFixture {
            $0.tokens = ["a-long-token-that-nobody-guesses"]
            configure(&$0)
        }
    }

    /// Bodies of 2 GB in all are announced, and none of them is kept.
    @Test func twoThousandConnectionsWithLargeBodiesCostLittle() throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let gateway = try Self.gateway {
            $0.http.perAddressLimit = 0
            $0.limits.failuresPerAddress = nil
        }
        _ = try gateway.publish(headers: Self.good)
        let before = try Self.residentBytes()
        let head = "POST /invalidate HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n"
        let piece = Array(head.utf8) + [UInt8](repeating: 0x20, count: 64 << 10)
        let sockets = try (0..<2_000).map { _ in try RawHTTP.connect(gateway.port) }
        defer { for socket in sockets { close(socket) } }
        for socket in sockets { _ = RawHTTP.sendAtOnce(socket, piece) }
        let refused = #"cachesync_gateway_refused_total{reason="missing"}"#
        try eventually("all are refused", within: .seconds(60)) { try gateway.metric(refused) == 2_000 }
        let growth = try Self.residentBytes() - before
        #expect(growth < 256 << 20, "\(growth >> 20) MiB")
        // Those who have a credential are served all the while.
        _ = try gateway.publish(headers: Self.good)
        #expect(try gateway.records(of: TopicName.normal).count == 2)
    }

    @Test(arguments: [1_000, 100_000])
    func headersWithoutEndAreRefused(count: Int) throws {
        let gateway = try Self.gateway()
        let fields = (0..<count).map { "X-\($0): \($0)\r\n" }.joined()
        let before = try Self.residentBytes()
        let socket = try RawHTTP.connect(gateway.port)
        defer { close(socket) }
        _ = RawHTTP.sendAtOnce(socket, Array("GET /status HTTP/1.1\r\nHost: h\r\n\(fields)\r\n".utf8))
        let answer = RawHTTP.readAll(socket)
        #expect(answer.isEmpty || String(decoding: answer.prefix(12), as: UTF8.self) != "HTTP/1.1 200")
        #expect(try Self.residentBytes() - before < 64 << 20)
        _ = try gateway.publish(headers: Self.good)
    }

    @Test func aHeadThatNeverEndsIsCutOff() throws {
        let gateway = try Self.gateway { $0.http.requestTimeout = .seconds(1) }
        let socket = try RawHTTP.connect(gateway.port)
        defer { close(socket) }
        _ = RawHTTP.sendAtOnce(socket, Array("POST /invalidate HTTP/1.1\r\nHost: h\r\nX: ".utf8))
        #expect(RawHTTP.readAll(socket).isEmpty)
        _ = try gateway.publish(headers: Self.good)
    }

    /// Whatever a front server makes of it, no second request is hidden in the body of the first.
    @Test func requestsAreNotHiddenInBodies() throws {
        let gateway = try Self.gateway()
        let own = "POST /invalidate HTTP/1.1\r\nHost: h\r\n\(Self.good[0])\r\n"
        let hidden = own + "Content-Length: 14\r\n\r\n{\"tags\":[\"a\"]}"
        let framings = [
            "Content-Length: 4\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 4",
            "Content-Length: 0\r\nContent-Length: 4", "Transfer-Encoding : chunked", "Transfer-Encoding: xchunked",
            "Content-Length: +0", "Content-Length: 0x0", "Transfer-Encoding: chunked, identity",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        ]
        for framing in framings {
            let request = "POST /invalidate HTTP/1.1\r\nHost: h\r\n\(framing)\r\n\r\n0\r\n\r\n\(hidden)"
            let answer = try RawHTTP.exchange(gateway.port, Array(request.utf8))
            #expect([400, 401, 501].contains(answer.status), "\(framing): \(answer)")
        }
        for size in ["ffffffffffffffff", "7fffffffffffffff", "100000000000000000", "-1", "10000000"] {
            let request = "\(own)Transfer-Encoding: chunked\r\n\r\n\(size)\r\nx"
            let answer = try RawHTTP.exchange(gateway.port, Array(request.utf8))
            #expect([400, 413].contains(answer.status), "\(size): \(answer)")
        }
        #expect(try gateway.records(of: TopicName.normal).isEmpty)
    }
}
