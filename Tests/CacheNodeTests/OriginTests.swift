import CacheNode
import Caches
import Foundation
import Gateway
import HTTP
import Invalidations
import Synchronization
import TestSupport
import Testing

/// Read-through: missing values come from an API, one load for all who wait.
@Suite(.timeLimit(.minutes(3)))
struct OriginTests {
    private func fixture(
        _ origin: OriginServer, memory: Int = 32 << 20, _ change: (inout OriginConfiguration) -> Void = { _ in }
    ) throws -> CacheFixture {
        var configuration = try #require(OriginConfiguration(origin.template))
        configuration.timeout = OriginServer.patience
        change(&configuration)
        return try CacheFixture {
            $0.fills.loadTimeMax = OriginServer.patience
            $0.server.http.perAddressLimit = 0
            $0.server.http.connectionLimit = 2_048
            $0.memory = memory
            $0.namespaces = [.init(.exactly("shop"), NamespaceRules(), origin: configuration)]
        }
    }

    private static let shop = "&namespace=shop"

    @Test func aMissingValueIsLoadedOnce() throws {
        let origin = try OriginServer { _, responder in
            responder.respond(
                OriginServer.value(
                    "{\"n\": 1.0}",
                    [("Cache-Control", "max-age=60"), ("Cache-Groups", "\"a\", \"b\\\"\""), ("xkey", "c d")]))
        }
        let fixture = try fixture(origin) { $0.token = "secret" }
        let first = try fixture.get("a%2Fb%20c", Self.shop)
        #expect(first.text == "{\"n\": 1.0}")
        #expect(first.header("Cache-Groups") == "\"a\", \"b\\\"\", \"c\", \"d\"")
        #expect(try #require(first.header("Cache-Status")).hasPrefix("cachesync; fwd=uri-miss; fwd-status=200; stored"))
        let second = try fixture.get("a%2Fb%20c", Self.shop)
        #expect(second.text == first.text)
        #expect(try #require(second.header("Cache-Status")).hasPrefix("cachesync; hit; ttl="))
        #expect(origin.requests.map(\.target) == ["/items/a%2Fb%20c?of=shop"])
        #expect(origin.requests[0].headers.first("Authorization") == "Bearer secret")
        // Without an origin, a miss.
        #expect(try fixture.get("a").status == 404)
        #expect(try fixture.put("any", "{\"tags\":[\"d\"]}", Self.shop).text.hasSuffix("\"invalidated\":1}"))
        _ = try fixture.get("a%2Fb%20c", Self.shop)
        #expect(origin.requests.count == 2)
    }

    @Test func aThousandReadersMakeOneLoad() throws {
        let waiting = Mutex<[HTTPResponder]>([])
        let origin = try OriginServer { _, responder in waiting.withLock { $0.append(responder) } }
        let fixture = try fixture(origin)
        var (right, collapsed) = (0, 0)
        // All connect and ask before any answer comes.
        let sockets = try (0..<1_000).map { _ in try RawHTTP.connect(fixture.port) }
        defer { sockets.forEach { _ = Glibc.close($0) } }
        let request = Array("GET /cache?key=cold\(Self.shop) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n".utf8)
        for socket in sockets { #expect(RawHTTP.sendAtOnce(socket, request) == request.count) }
        try eventually("all wait", within: .seconds(30)) {
            try RawHTTP.get(fixture.port, "/metrics").text.contains("cachesync_cache_collapsed_total 999\n")
        }
        let responders = waiting.withLock { $0 }
        #expect(responders.count == 1)
        responders.first?.respond(OriginServer.value("7", [("Cache-Control", "max-age=60")]))
        for socket in sockets {
            let answer = String(decoding: RawHTTP.readAll(socket), as: UTF8.self)
            if answer.hasPrefix("HTTP/1.1 200"), answer.hasSuffix("\r\n\r\n7") { right += 1 }
            if answer.contains("; collapsed") { collapsed += 1 }
        }
        #expect(right == 1_000)
        #expect(collapsed == 999)
        #expect(origin.requests.count == 1)
    }

    /// A node that has just begun hears of its namespaces by the first calls, of which many come at once.
    @Test func theFirstReadersOfANamespaceAllReachItsOrigin() throws {
        let origin = try OriginServer { _, responder in responder.respond(OriginServer.value("7")) }
        let configuration = try #require(OriginConfiguration(origin.template))
        let fixture = try CacheFixture {
            $0.server.http.perAddressLimit = 0
            // To find the last of so many takes a moment, in which others come.
            $0.namespaces = (0..<5_000).map { .init(.exactly("other-\($0)"), NamespaceRules()) }
            $0.namespaces.append(.init(.prefix("new-"), NamespaceRules(), origin: configuration))
        }
        var wrong: [String] = []
        for number in 0..<200 {
            let request = "GET /cache?key=k&namespace=new-\(number) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
            let sockets = try (0..<8).map { _ in try RawHTTP.connect(fixture.port) }
            defer { sockets.forEach { _ = Glibc.close($0) } }
            for socket in sockets {
                #expect(RawHTTP.sendAtOnce(socket, Array(request.utf8)) == request.utf8.count)
                // Each round with another distance, so that some readers come while the namespace is made known.
                let next = ContinuousClock.now + .microseconds(5 * number)
                while ContinuousClock.now < next {}
            }
            for socket in sockets {
                let answer = String(decoding: RawHTTP.readAll(socket), as: UTF8.self)
                if !answer.hasPrefix("HTTP/1.1 200") { wrong.append("\(number): \(answer)") }
            }
        }
        #expect(wrong.isEmpty, "\(wrong.count), such as \(wrong.first ?? "")")
    }

    /// Loads of all shards are under way at a time, and end in any order.
    @Test func eachReaderGetsWhatItsOwnKeyHas() throws {
        let count = 60
        let waiting = Mutex<[(HTTPRequest, HTTPResponder)]>([])
        let origin = try OriginServer { request, responder in waiting.withLock { $0.append((request, responder)) } }
        let fixture = try fixture(origin, memory: 1 << 30)
        let sockets = try (0..<count).map { number in
            let socket = try RawHTTP.connect(fixture.port)
            let head = "GET /cache?key=k\(number)\(Self.shop) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
            #expect(RawHTTP.sendAtOnce(socket, Array(head.utf8)) == head.utf8.count)
            return socket
        }
        defer { sockets.forEach { _ = Glibc.close($0) } }
        try eventually("all loads run") { waiting.withLock { $0.count == count } }
        var random = SeededGenerator.printed("the order of answers")
        for (request, responder) in waiting.withLock({ $0 }).shuffled(using: &random) {
            let key = request.path.dropFirst("/items/".count)
            responder.respond(OriginServer.value("\"\(key)\"", [("Cache-Control", "max-age=60")]))
        }
        for (number, socket) in sockets.enumerated() {
            let answer = String(decoding: RawHTTP.readAll(socket), as: UTF8.self)
            #expect(answer.hasSuffix("\r\n\r\n\"k\(number)\""), "\(answer)")
            #expect(try fixture.get("k\(number)", Self.shop).text == "\"k\(number)\"")
        }
        #expect(origin.requests.count == count)
    }

    /// A load that an invalidation overtakes answers those who came before it, and is not kept.
    @Test func overtakenLoadsAreNotStored() throws {
        let waiting = Mutex<[HTTPResponder]>([])
        let origin = try OriginServer { _, responder in waiting.withLock { $0.append(responder) } }
        let fixture = try fixture(origin)
        let old = OriginServer.value("1", [("Cache-Control", "max-age=60"), ("xkey", "t")])
        let new = OriginServer.value("2", [("Cache-Control", "max-age=60"), ("xkey", "t")])
        let before = BackgroundRead { try fixture.get("a", Self.shop) }
        try eventually("the first load runs") { waiting.withLock { $0.count == 1 } }
        _ = try fixture.put("any", "{\"everything\":true}", Self.shop)
        let after = BackgroundRead { try fixture.get("a", Self.shop) }
        try eventually("the second load runs") { waiting.withLock { $0.count == 2 } }
        let responders = waiting.withLock { $0 }
        responders[0].respond(old)
        let early = try before.result()
        #expect(early.text == "1")
        #expect(try #require(early.header("Cache-Status")).contains("detail=overtaken"))
        responders[1].respond(new)
        #expect(try after.result().text == "2")
        #expect(try fixture.get("a", Self.shop).text == "2")
        #expect(origin.requests.count == 2)
    }

    @Test func failuresAreStoodInForAndPaused() throws {
        let origin = try OriginServer { _, responder in
            responder.respond(
                OriginServer.value("1", [("Cache-Control", "max-age=0, stale-if-error=60"), ("ETag", "\"v1\"")]))
        }
        let fixture = try fixture(origin)
        #expect(try fixture.get("a", Self.shop).text == "1")
        // Still the newest, says the origin.
        origin.answer { request, responder in
            responder.respond(
                HTTPResponse(
                    status: request.headers.first("If-None-Match") == "\"v1\"" ? 304 : 500,
                    headers: [("Cache-Control", "max-age=0, stale-if-error=60")]))
        }
        #expect(try fixture.get("a", Self.shop).text == "1")
        origin.answer { _, responder in responder.respond(.empty(503)) }
        for _ in 0..<3 {
            let answer = try fixture.get("a", Self.shop)
            #expect(answer.text == "1")
            #expect(try #require(answer.header("Cache-Status")).hasPrefix("cachesync; hit; ttl="))
        }
        let count = origin.requests.count
        let failed = try fixture.get("b", Self.shop)
        #expect(failed.status == 502)
        #expect(failed.header("Retry-After") != nil)
        #expect(try fixture.get("b", Self.shop).status == 502)
        // A pause follows a failure.
        #expect(origin.requests.count == count + 1)
    }

    @Test func staleEntriesAreLoadedInTheBackground() throws {
        let origin = try OriginServer { _, responder in
            responder.respond(OriginServer.value("1", [("Cache-Control", "max-age=0, stale-while-revalidate=60")]))
        }
        let fixture = try fixture(origin)
        #expect(try fixture.get("a", Self.shop).text == "1")
        origin.answer { _, responder in
            responder.respond(OriginServer.value("2", [("Cache-Control", "max-age=60")]))
        }
        #expect(try fixture.get("a", Self.shop).text == "1")
        try eventually("the new value is there") { try fixture.get("a", Self.shop).text == "2" }
        #expect(origin.requests.count == 2)
    }

    @Test func absencesAreRememberedForAWhile() throws {
        let origin = try OriginServer { _, responder in
            responder.respond(HTTPResponse(status: 404, headers: [("Cache-Control", "max-age=30")]))
        }
        let fixture = try fixture(origin)
        for _ in 0..<3 {
            let answer = try fixture.get("a", Self.shop)
            #expect(answer.status == 404)
            #expect(answer.header("Cache-Status") == "cachesync; hit; detail=negative")
        }
        #expect(origin.requests.count == 1)
        // Keys that a server may take for another path are not asked for.
        #expect(try fixture.get("..", Self.shop).status == 404)
        #expect(origin.requests.count == 1)
        #expect(try fixture.post("a", "{\"value\":3}", Self.shop).status == 200)
        #expect(try fixture.get("a", Self.shop).text == "3")
    }

    @Test(arguments: [
        ("no JSON", [("Cache-Control", "max-age=60")], 502), ("", [], 502),
        ("1", [("Cache-Control", "no-store")], 200), ("1", [("Cache-Control", "private, max-age=60")], 200),
        ("1", [("xkey", (0..<65).map { "t\($0)" }.joined(separator: " ")), ("Cache-Control", "max-age=60")], 200),
        ("1", [("Age", "61"), ("Cache-Control", "max-age=60")], 200),
    ])
    func whatMustNotBeKeptIsNot(_ body: String, _ fields: [(String, String)], _ status: Int) throws {
        let origin = try OriginServer { _, responder in responder.respond(OriginServer.value(body, fields)) }
        let fixture = try fixture(origin)
        #expect(try fixture.get("a", Self.shop).status == status)
        if status == 200 {
            #expect(try fixture.get("a", Self.shop).status == 200)
            #expect(origin.requests.count == 2)
        }
    }

    @Test func anOriginThatIsSilentIsGivenUp() throws {
        let waiting = Mutex<[HTTPResponder]>([])
        let origin = try OriginServer { _, responder in waiting.withLock { $0.append(responder) } }
        let fixture = try fixture(origin) { $0.timeout = .milliseconds(200) }
        #expect(try fixture.get("a", Self.shop).status == 502)
        // A node that ends answers who still waits.
        let other = BackgroundRead { try fixture.get("b", Self.shop) }
        try eventually("the load runs") { waiting.withLock { $0.count == 2 } }
        try fixture.drain()
        #expect([502, 503].contains(try other.result().status))
    }

    @Test(arguments: [
        "http://api/{key}", "https://api:8443/a/{namespace}/{key}?x=1", "http://[::1]:80/{key}",
    ])
    func templatesName(_ text: String) { #expect(OriginConfiguration(text) != nil) }

    @Test(arguments: [
        "", "api/{key}", "http://{key}/", "http://{key}", "http://api", "http://api/", "http://api/{key}{key}",
        "http://api/{id}", "http://api/{key", "http://api/key}", "http://api/{key}#a", "ftp://api/{key}",
        "http:///{key}", "http://api/ {key}", "http://{namespace}.api/{key}",
    ])
    func otherTemplatesAreRefused(_ text: String) { #expect(OriginConfiguration(text) == nil) }
}
