import CacheNode
import Caches
import Foundation
import Gateway
import HTTP
import Invalidations
import Runtime
import TestSupport
import Testing

/// Hot keys that come back behind an invalidation without a reader asking.
@Suite(.timeLimit(.minutes(3)))
struct WarmingNodeTests {
    private static let shop = "&namespace=shop"

    private func fixture(_ origin: OriginServer, isOn: Bool) throws -> CacheFixture {
        let configuration = try #require(OriginConfiguration(origin.template))
        var rules = NamespaceRules()
        if isOn {
            rules.warming = WarmingRules()
            rules.warming?.floor = .milliseconds(1)
            rules.warming?.keysMax = 5
        }
        return try CacheFixture {
            $0.server.http.perAddressLimit = 0
            $0.namespaces = [.init(.exactly("shop"), rules, origin: configuration)]
        }
    }

    private func keys(_ origin: OriginServer) -> [String] {
        origin.requests.map { String($0.path.dropFirst("/items/".count)) }
    }

    @Test func theHotKeysComeBackAndColdOnesDoNot() throws {
        let origin = try OriginServer { _, responder in
            responder.respond(OriginServer.value("1", [("Cache-Control", "max-age=600"), ("Cache-Groups", "\"t\"")]))
        }
        let fixture = try fixture(origin, isOn: true)
        for number in 0..<20 { _ = try fixture.get("k\(number)", Self.shop) }
        for number in 0..<5 {
            for _ in 0..<20 + number { _ = try fixture.get("k\(number)", Self.shop) }
        }
        #expect(origin.requests.count == 20)
        #expect(try fixture.put("any", "{\"tags\":[\"t\"]}", Self.shop).text.hasSuffix("\"invalidated\":20}"))
        try eventually("five keys are loaded", within: .seconds(30)) { origin.requests.count >= 25 }
        try eventually("no more wait") { fixture.metrics.exposition().contains("cachesync_cache_warming_keys 0\n") }
        #expect(keys(origin).dropFirst(20).sorted() == ["k0", "k1", "k2", "k3", "k4"])
        #expect(fixture.metrics.exposition().contains("cachesync_cache_warmed_total 5\n"))
        for number in 0..<5 {
            #expect(try hasBegunNoLoad(fixture.get("k\(number)", Self.shop)))
        }
        #expect(origin.requests.count == 25)
        #expect(try fixture.get("k7", Self.shop).header("Cache-Status")?.contains("fwd=uri-miss") == true)
    }

    @Test func nothingIsLoadedUnlessItIsSet() throws {
        let origin = try OriginServer { _, responder in
            responder.respond(OriginServer.value("1", [("Cache-Control", "max-age=600"), ("Cache-Groups", "\"t\"")]))
        }
        let fixture = try fixture(origin, isOn: false)
        for _ in 0..<50 { _ = try fixture.get("k0", Self.shop) }
        _ = try fixture.put("any", "{\"tags\":[\"t\"]}", Self.shop)
        #expect(!fixture.metrics.exposition().contains("cachesync_cache_warming_keys"))
        #expect(fixture.metrics.exposition().contains("cachesync_cache_warmed_total 0\n"))
        #expect(origin.requests.count == 1)
    }
}

/// The same where the values come from the main database.
@Suite(.serialized, .enabled(if: DurableFixture.isAvailable, DurableFixture.missing))
struct WarmingDurableTests {
    @Test(.timeLimit(.minutes(3)))
    func aPublishedTagBringsHotKeysBackFromTheDatabase() throws {
        let fixture = try DurableFixture("warming")
        let writer = try fixture.node()
        for key in ["hot", "cold"] {
            try eventually("\(key) has an owner", within: .seconds(60)) {
                try writer.post(key, "{\"value\":1,\"tags\":[\"t\"]}").status == 200
            }
        }
        try eventually("the rows are written") { try fixture.rows().count == 2 }
        try writer.drain()
        // Another node, whose store begins empty: it knows what it has loaded.
        let node = try fixture.node {
            $0.rules.warming = WarmingRules()
            $0.rules.warming?.floor = .microseconds(1)
            $0.rules.warming?.keysMax = 1
        }
        try eventually("the keys are read") {
            try node.get("hot").status == 200 && node.get("cold").status == 200
        }
        for _ in 0..<50 { _ = try node.get("hot") }
        let body = "{\"value\":2,\"invalidate\":{\"urls\":[\"https://e.com/\"],\"tags\":[\"t\"]}}"
        #expect(try node.post("other", body).status == 200)
        try eventually("the hot key is loaded", within: .seconds(30)) {
            node.metrics.exposition().contains("cachesync_cache_warmed_total 1\n")
        }
        #expect(try hasBegunNoLoad(node.get("hot")))
        #expect(try !hasBegunNoLoad(node.get("cold")))
    }
}

/// Whether the store had the entry, or a load was under way already.
private func hasBegunNoLoad(_ answer: RawAnswer) -> Bool {
    let status = answer.header("Cache-Status") ?? ""
    return answer.status == 200 && (status.hasPrefix("cachesync; hit") || status.contains("; collapsed"))
}
