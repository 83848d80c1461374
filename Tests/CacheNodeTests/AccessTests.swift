import CacheNode
import Edges
import Foundation
import Gateway
import Invalidations
import TestSupport
import Testing

/// Access: who may use the cache, and what workers may ask of it.
struct AccessTests {
    private func guarded() throws -> CacheFixture {
        try CacheFixture { configuration in
            configuration.server.tokens = ["publisher-token-0123456789", "cache-token-0123456789"]
            configuration.server.operatorTokens = ["cache-token-0123456789"]
        }
    }

    @Test func credentialsNeedTheScope() throws {
        let fixture = try guarded()
        let stranger = try fixture.get("a")
        #expect(stranger.status == 401)
        #expect(stranger.header("WWW-Authenticate") == "Bearer realm=\"cachesync\"")
        #expect(stranger.header("Content-Type") == "text/plain; charset=utf-8")
        let publisher = try fixture.get("a", headers: ["Authorization: Bearer publisher-token-0123456789"])
        #expect(publisher.status == 403)
        let own = ["Authorization: Bearer cache-token-0123456789"]
        #expect(try fixture.post("a", "{\"value\":1,\"ttl\":60}", headers: own).status == 200)
        let read = try fixture.get("a", headers: own)
        #expect(read.text == "1")
        #expect(try #require(read.header("Cache-Control")).hasPrefix("private, max-age="))
        for target in ["/cache/batch", "/purge"] {
            #expect(try fixture.send("POST", target, "[]").status == 401)
        }
        #expect(try RawHTTP.get(fixture.port, "/cache/stats").status == 401)
        #expect(try RawHTTP.get(fixture.port, "/health/live").status == 200)
        let problem = try fixture.get("a", headers: ["Accept: application/json"])
        #expect(problem.header("Content-Type") == "application/problem+json")
    }

    @Test func keysOpenTheirNamespaces() throws {
        let directory = try TemporaryDirectory("cache")
        let file = KeyFile(path: directory.file("keys.yaml"))
        let made = try APIKey.make(
            name: "shop", scopes: .cache,
            grant: Grant(namespaces: [.exactly("shop")], hosts: [try #require(HostPattern("shop.example"))]))
        try file.add(made.key)
        let fixture = try CacheFixture { $0.server.keysPath = file.path }
        let own = ["Authorization: Bearer \(made.text)"]
        #expect(try fixture.post("a", "{\"value\":1,\"tags\":[\"t\"]}", "&namespace=shop", headers: own).status == 200)
        for answer in [
            try fixture.get("a", headers: own), try fixture.post("a", "{\"value\":1}", headers: own),
            try fixture.delete("a", "&namespace=other", headers: own), try fixture.put("a", "{}", headers: own),
            try fixture.send("POST", "/purge", "{\"tags\":[\"t\"],\"namespace\":\"other\"}", headers: own),
            try fixture.put("a", "{\"urls\":[\"https://other.example/\"]}", "&namespace=shop", headers: own),
        ] { #expect(answer.status == 403, "\(answer)") }
        let batch = try fixture.send(
            "POST", "/cache/batch?namespace=shop",
            "[{\"op\":\"get\",\"key\":\"a\"},{\"op\":\"get\",\"key\":\"a\",\"namespace\":\"other\"}]", headers: own)
        #expect(batch.list("results").map { $0["status"] as? Int } == [200, 403])
        let stats = try RawHTTP.get(fixture.port, "/cache/stats", headers: own)
        #expect(stats.list("namespaces").map { $0["namespace"] as? String } == ["shop"])
        #expect(
            try fixture.put("a", "{\"urls\":[\"https://shop.example/\"]}", "&namespace=shop", headers: own).status
                == 200)
    }

    @Test func pagesOfTheWebChangeNothing() throws {
        let fixture = try CacheFixture()
        let foreign = try fixture.post("a", "{\"value\":1}", headers: ["Origin: https://evil.example"])
        #expect(foreign.status == 403)
        #expect(try fixture.get("a").status == 404)
        let host = try RawHTTP.exchange(
            fixture.port,
            Array("GET /cache?key=a HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".utf8))
        #expect(host.status == 421)
    }

    @Test func listedPagesReadTheFields() throws {
        let fixture = try CacheFixture {
            $0.server.crossOrigins = CrossOriginRule(["https://shop.example"]) ?? .none
        }
        let preflight = try RawHTTP.get(
            fixture.port, "/cache?key=a", method: "OPTIONS",
            headers: ["Origin: https://shop.example", "Access-Control-Request-Method: PUT"])
        #expect(preflight.status == 204)
        #expect(try #require(preflight.header("Access-Control-Allow-Methods")).contains("PUT"))
        #expect(try #require(preflight.header("Access-Control-Allow-Headers")).contains("If-Match"))
        let answer = try fixture.get("a", headers: ["Origin: https://shop.example"])
        #expect(answer.header("Access-Control-Allow-Origin") == "https://shop.example")
        let exposed = try #require(answer.header("Access-Control-Expose-Headers"))
        for name in ["Age", "ETag", "Cache-Status", "Cache-Groups", "Cache-Lease"] {
            #expect(exposed.contains(name))
        }
    }

    @Test func workersPurge() throws {
        let fixture = try CacheFixture()
        for number in 0..<3 {
            _ = try fixture.post("k\(number)", "{\"value\":1,\"tags\":[\"t\"]}", "&namespace=shop")
        }
        let answer = try fixture.send("POST", "/purge", "{\"tags\":[\"t\"],\"urls\":[],\"namespace\":\"shop\"}")
        #expect(answer.text == "{\"success\":true,\"purged\":3}")
        #expect(answer.header("Content-Type") == "application/json")
    }
}
