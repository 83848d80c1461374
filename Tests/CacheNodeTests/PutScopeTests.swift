import CacheNode
import Caches
import Edges
import Foundation
import Gateway
import Invalidations
import TestSupport
import Testing

/// `PUT` in namespaces whose rules send it to every edge.
struct PutScopeTests {
    private static let shop = "&namespace=shop"

    private static func reachEdges(_ configuration: inout CacheConfiguration) {
        var entry = CacheConfiguration.NamespaceEntry(.exactly("shop"), NamespaceRules())
        entry.putScope = .edges
        configuration.namespaces = [entry]
    }

    private static func id(_ answer: RawAnswer) -> String? {
        (answer.object["invalidation"] as? [String: String])?["id"]
    }

    /// What the log says next is applied behind all that it said before.
    private static func awaitLog(_ nodes: [CacheFixture], _ headers: [String] = []) throws {
        let marker = "{\"value\":1,\"tags\":[\"marker\"]}"
        for node in nodes {
            #expect(try node.post("marker", marker, shop, headers: headers).status == 200)
        }
        let publisher = try RequestPublisher(nodes[0].kafka)
        let now = Timestamp.now()
        try publisher.publish(
            Invalidation(
                id: RequestID(at: now), namespace: try #require(Namespace("shop")),
                selectors: Selectors(tags: ["marker"]), requestedAt: now, source: "test"))
        try publisher.finish()
        try eventually("the log has come so far") {
            try nodes.allSatisfy { try $0.get("marker", shop, headers: headers).status == 404 }
        }
    }

    @Test func itIsPublishedAndLeavesWhatWasStoredSince() throws {
        let fixture = try CacheFixture(Self.reachEdges)
        for key in ["a", "b"] { _ = try fixture.post(key, "{\"value\":1,\"tags\":[\"t\"]}", Self.shop) }
        let body = "{\"tags\":[\"t\"],\"urls\":[\"HTTPS://Shop.example/p\"],\"mode\":\"soft\"}"
        let key = ["Idempotency-Key: once"]
        let answer = try fixture.put("-", body, Self.shop, headers: key)
        let id = try #require(Self.id(answer))
        #expect(answer.text == "{\"success\":true,\"invalidated\":2,\"invalidation\":{\"id\":\"\(id)\"}}")
        _ = try fixture.post("a", "{\"value\":2,\"tags\":[\"t\"]}", Self.shop)
        try Self.awaitLog([fixture])
        #expect(try fixture.get("a", Self.shop).text == "2")
        #expect(try fixture.put("-", body, Self.shop, headers: key).text == answer.text)
        let own = try publishedRequests(fixture.kafka).filter { $0.id.text == id }
        #expect(own.count == 1 && own.first?.namespace.name == "shop" && own.first?.mode == .soft)
        #expect(own.first?.selectors == Selectors(tags: ["t"], urls: ["https://Shop.example/p"]))
    }

    @Test func aBatchPublishesToo() throws {
        let fixture = try CacheFixture(Self.reachEdges)
        let answer = try fixture.send(
            "POST", "/cache/batch?namespace=shop",
            "[{\"op\":\"set\",\"key\":\"a\",\"value\":1,\"tags\":[\"t\"]},{\"op\":\"invalidate\",\"tags\":[\"t\"]}]")
        #expect(answer.list("results").last?["invalidated"] as? Int == 1, "\(answer)")
        #expect(try publishedRequests(fixture.kafka).map(\.selectors) == [Selectors(tags: ["t"])])
    }

    @Test func withoutTheRuleAndOfNothingNothingIsPublished() throws {
        let fixture = try CacheFixture(Self.reachEdges)
        #expect(try fixture.put("-", "{\"tags\":[\"t\"]}").text == "{\"success\":true,\"invalidated\":0}")
        #expect(try fixture.put("-", "{}", Self.shop).text == "{\"success\":true,\"invalidated\":0}")
        let passedOn = try fixture.put("-", "{\"tags\":[\"t\"]}", Self.shop, headers: ["Cache-Peer: 1"])
        #expect(passedOn.text == "{\"success\":true,\"invalidated\":0}")
        #expect(try publishedRequests(fixture.kafka).isEmpty)
    }

    @Test func itNeedsTheScopeOfPublishers() throws {
        let fixture = try CacheFixture {
            Self.reachEdges(&$0)
            $0.server.cacheTokens = ["cache-token-0123456789"]
        }
        let token = ["Authorization: Bearer cache-token-0123456789"]
        _ = try fixture.post("a", "{\"value\":1,\"tags\":[\"t\"]}", Self.shop, headers: token)
        let refused = try fixture.put("-", "{\"tags\":[\"t\"]}", Self.shop, headers: token)
        #expect(refused.status == 403 && refused.text.contains("scope publish"), "\(refused)")
        let batch = try fixture.send(
            "POST", "/cache/batch?namespace=shop", "[{\"op\":\"invalidate\",\"tags\":[\"t\"]}]", headers: token)
        #expect(batch.list("results").first?["status"] as? Int == 403, "\(batch)")
        #expect(try fixture.get("a", Self.shop, headers: token).status == 200)
    }

    @Test func whatIsNotPublishedIsNoSuccess() throws {
        let gate = FullBroker()
        let fixture = try CacheFixture {
            Self.reachEdges(&$0)
            $0.publishGuard = gate
        }
        _ = try fixture.post("a", "{\"value\":1,\"tags\":[\"t\"]}", Self.shop)
        let key = ["Idempotency-Key: once"]
        let failed = try fixture.put("-", "{\"tags\":[\"t\"]}", Self.shop, headers: key)
        #expect(failed.status == 503 && failed.header("Retry-After") == "1", "\(failed)")
        #expect(failed.text.hasPrefix("The cache has forgotten it, and it is not published: "), "\(failed)")
        #expect(try fixture.get("a", Self.shop).status == 404)
        gate.open()
        let repeated = try fixture.put("-", "{\"tags\":[\"t\"]}", Self.shop, headers: key)
        #expect(repeated.status == 200 && Self.id(repeated) != nil, "\(repeated)")
        #expect(try publishedRequests(fixture.kafka).count == 1)
    }

    /// A client that says it is a node, and names somebody else's request, does not keep it from the entries.
    @Test func aRequestOfOthersIsNotHiddenByItsId() throws {
        let fixture = try CacheFixture()
        let now = Timestamp.now()
        let request = Invalidation(
            id: RequestID(at: now), namespace: .default, selectors: Selectors(tags: ["t"]), requestedAt: now,
            source: "test")
        let claim = "{\"tags\":[\"other\"],\"requests\":[\"\(request.id.text)\"]}"
        #expect(try fixture.put("-", claim, headers: ["Cache-Peer: 1"]).status == 200)
        _ = try fixture.post("a", "{\"value\":1,\"tags\":[\"t\"]}")
        let publisher = try RequestPublisher(fixture.kafka)
        try publisher.publish(request)
        try publisher.finish()
        try eventually("the log has brought it") { try fixture.get("a").status == 404 }
    }

    // MARK: Several nodes

    private static let available = ConditionTrait.enabled(if: DurableFixture.isAvailable, DurableFixture.missing)

    /// Each has entries of its own in that namespace.
    private static func pair(_ purpose: String, address: String? = nil) throws -> NodePair {
        let pair = try NodePair(purpose, address: address) {
            reachEdges(&$0)
            $0.namespaces[0].isDurable = false
        }
        try storeAll(pair, 1)
        return pair
    }

    private static func storeAll(_ pair: NodePair, _ value: Int) throws {
        for node in pair.nodes {
            let body = "{\"value\":\(value),\"tags\":[\"t\"]}"
            #expect(try node.post("a", body, shop, headers: NodePair.token).status == 200)
        }
    }

    @Test(available, .timeLimit(.minutes(3)))
    func peersLeaveWhatWasStoredSince() throws {
        let pair = try Self.pair("scope")
        let answer = try pair.nodes[0].put("-", "{\"tags\":[\"t\"]}", Self.shop, headers: NodePair.token)
        #expect(answer.object["invalidated"] as? Int == 2 && Self.id(answer) != nil, "\(answer)")
        try Self.storeAll(pair, 2)
        try Self.awaitLog(pair.nodes, NodePair.token)
        for node in pair.nodes { #expect(try node.get("a", Self.shop, headers: NodePair.token).text == "2") }
    }

    @Test(available, .timeLimit(.minutes(3)))
    func aPeerThatIsAwayGetsItFromTheLog() throws {
        let away = "http://127.0.0.1:\(try freePort())"
        let pair = try Self.pair("scopeaway", address: away)
        // The other one asks for the owners first.
        try eventually("the node knows of its peer", within: .seconds(60)) {
            try pair.nodes[1].put("-", "{}", Self.shop, headers: NodePair.token).header("Cache-Peers-Away") == away
        }
        let answer = try pair.nodes[1].put("-", "{\"tags\":[\"t\"]}", Self.shop, headers: NodePair.token)
        #expect(answer.object["invalidated"] as? Int == 1 && answer.header("Cache-Peers-Away") == away, "\(answer)")
        try eventually("the log reaches it") {
            try pair.nodes[0].get("a", Self.shop, headers: NodePair.token).status == 404
        }
    }
}
