import CacheNode
import Edges
import Foundation
import Gateway
import Invalidations
import Kafka
import Synchronization
import TestSupport
import Testing
import TopicCatalogue

/// Writes that publish an invalidation in the same call.
struct PublishingTests {
    private static let shop = "&namespace=shop"

    private func publishesAndSpares(_ fixture: CacheFixture) throws {
        for key in ["page", "other"] { _ = try fixture.post(key, "{\"value\":1,\"tags\":[\"t\"]}", Self.shop) }
        let answer = try fixture.post(
            "p",
            "{\"value\":{\"n\":1.0},\"tags\":[\"t\"],\"ttl\":60,\"invalidate\":{\"tags\":[\"t\"],"
                + "\"urls\":[\"https://shop.example/p\"],\"mode\":\"soft\"}}", Self.shop)
        #expect(answer.status == 200)
        #expect(answer.header("Cache-Status") == "cachesync; stored; ttl=60" && answer.header("ETag") != nil)
        let id = try #require((answer.object["invalidation"] as? [String: String])?["id"])
        #expect(answer.text == "{\"success\":true,\"invalidation\":{\"id\":\"\(id)\"}}")
        // It comes back with the log: others are forgotten, and what the call has stored stays.
        try eventually("the others are forgotten") { try fixture.get("page", Self.shop).status == 404 }
        #expect(try fixture.get("other", Self.shop).status == 404)
        let own = try fixture.get("p", Self.shop)
        #expect(own.text == "{\"n\":1.0}" && own.header("Cache-Control") != "max-age=0", "\(own)")
        let requests = try publishedRequests(fixture.kafka)
        #expect(requests.map(\.id.text) == [id] && requests.map(\.namespace.name) == ["shop"])
        #expect(requests.first?.selectors == Selectors(tags: ["t"], urls: ["https://shop.example/p"]))
        #expect(requests.first?.mode == .soft && requests.first?.source == "cache")
        // A write without it says what it always said.
        #expect(try fixture.post("p", "{\"value\":2}").text == "{\"success\":true}")
    }

    @Test func theCallPublishesOnceTheValueIsStored() throws {
        try publishesAndSpares(CacheFixture())
    }

    @Test(.enabled(if: KafkaCluster.isAvailable), .timeLimit(.minutes(3)))
    func withoutKafkaTheValueStandsAndTheAnswerSaysSo() throws {
        let broker = try KafkaBroker()
        let created = try KafkaAdmin(broker.configuration).createTopics(
            TopicCatalogue.all.map { NewTopic($0.name, partitions: $0.partitions) })
        #expect(created.allSatisfy { $0.error == nil })
        let fixture = try CacheFixture(kafka: broker.configuration) { $0.server.publishTimeout = .seconds(2) }
        try publishesAndSpares(fixture)
        broker.kill()
        let body = "{\"value\":3,\"invalidate\":{\"tags\":[\"t\"]}}"
        let key = ["Idempotency-Key: once"]
        let failed = try fixture.post("q", body, Self.shop, headers: key)
        #expect(failed.status == 503, "\(failed)")
        #expect(failed.text.hasPrefix("The value is stored, and its invalidation is not published: "), "\(failed)")
        #expect(try fixture.get("q", Self.shop).text == "3")
        try broker.startBroker()
        try eventually("it is published", within: .seconds(60)) {
            try fixture.post("q", body, Self.shop, headers: key).status == 200
        }
        let answer = try fixture.post("q", body, Self.shop, headers: key)
        let id = try #require((answer.object["invalidation"] as? [String: String])?["id"])
        let own = try publishedRequests(fixture.kafka).filter { $0.id.text == id }
        #expect(!own.isEmpty && own.allSatisfy { $0.selectors == Selectors(tags: ["t"]) })
    }

    @Test func aRepeatedCallPublishesAlone() throws {
        let gate = FullBroker()
        let fixture = try CacheFixture { $0.publishGuard = gate }
        let body = "{\"value\":1,\"invalidate\":{\"tags\":[\"t\"]}}"
        let key = ["Idempotency-Key: once"]
        let failed = try fixture.post("k", body, headers: key)
        #expect(failed.status == 503 && failed.header("Retry-After") == "1")
        #expect(failed.text.contains("broker is full") && failed.text.contains("Idempotency-Key"), "\(failed)")
        // Another client's value stays.
        #expect(try fixture.post("k", "{\"value\":2}").status == 200)
        gate.open()
        let repeated = try fixture.post("k", body, headers: key)
        #expect(repeated.status == 200 && repeated.object["invalidation"] != nil, "\(repeated)")
        #expect(try fixture.get("k").text == "2")
        #expect(try fixture.post("k", body, headers: key).text == repeated.text)
        #expect(try publishedRequests(fixture.kafka).count == 1)
    }

    @Test func nothingIsPublishedForAWriteThatIsRefused() throws {
        let fixture = try CacheFixture()
        let body = "{\"value\":1,\"invalidate\":{\"tags\":[\"t\"]}}"
        #expect(try fixture.post("k", body, headers: ["If-Match: \"none\""]).status == 412)
        #expect(try publishedRequests(fixture.kafka).isEmpty)
    }

    @Test(arguments: [
        ("[]", "invalidate must be an object"), ("7", "invalidate must be an object"),
        ("{}", "invalidate: Missing tags or urls"), ("{\"tags\":[\"a b\"]}", "invalidate: tags"),
        ("{\"tags\":\"a\"}", "tags must be a list"), ("{\"urls\":[\"nowhere\"]}", "invalidate: urls"),
        ("{\"tags\":[\"a\"],\"namespace\":\"other\"}", "invalidate has no namespace"),
        ("{\"tags\":[\"a\"],\"mode\":\"mild\"}", "mode must be soft or hard"),
    ])
    func whatCannotBePublishedIsNotStored(_ invalidate: String, _ words: String) throws {
        let fixture = try CacheFixture()
        let answer = try fixture.post("k", "{\"value\":1,\"invalidate\":\(invalidate)}")
        #expect(answer.status == 400 && answer.text.hasPrefix(words), "\(answer)")
        #expect(try fixture.get("k").status == 404)
        let batch = try fixture.send(
            "POST", "/cache/batch", "[{\"op\":\"set\",\"key\":\"k\",\"value\":1,\"invalidate\":{\"tags\":[\"a\"]}}]")
        #expect(batch.list("results").first?["status"] as? Int == 400, "\(batch)")
    }

    @Test func publishingNeedsItsOwnScope() throws {
        let directory = try TemporaryDirectory("cache")
        let file = KeyFile(path: directory.file("keys.yaml"))
        func key(_ name: String, _ scopes: Scopes, _ grant: Grant = .unlimited) throws -> [String] {
            let made = try APIKey.make(name: name, scopes: scopes, grant: grant)
            try file.add(made.key)
            return ["Authorization: Bearer \(made.text)"]
        }
        let cache = try key("cache", .cache)
        let both = try key(
            "both", [.cache, .publish], Grant(namespaces: nil, hosts: [try #require(HostPattern("shop.example"))]))
        let fixture = try CacheFixture {
            $0.server.keysPath = file.path
            $0.server.cacheTokens = ["cache-token-0123456789", "both-token-0123456789"]
            $0.server.tokens = ["both-token-0123456789", "publisher-token-0123456789"]
        }
        func post(_ headers: [String], _ invalidate: String = "{\"tags\":[\"t\"]}") throws -> RawAnswer {
            try fixture.post("k", "{\"value\":1,\"invalidate\":\(invalidate)}", headers: headers)
        }
        let refused = try post(cache)
        #expect(refused.status == 403 && refused.text.contains("scope publish"), "\(refused)")
        #expect(try fixture.get("k", headers: cache).status == 404)
        #expect(try post(["Authorization: Bearer cache-token-0123456789"]).status == 403)
        #expect(try post(["Authorization: Bearer publisher-token-0123456789"]).status == 403)
        #expect(try post(both, "{\"urls\":[\"https://other.example/\"]}").status == 403)
        #expect(try post(both, "{\"urls\":[\"https://shop.example/\"]}").status == 200)
        #expect(try post(["Authorization: Bearer both-token-0123456789"]).status == 200)
        #expect(try fixture.post("k", "{\"value\":1}", headers: cache).status == 200)
    }
}
