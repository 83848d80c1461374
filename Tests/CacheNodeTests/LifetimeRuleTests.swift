import CacheNode
import Caches
import HTTP
import Invalidations
import TestSupport
import Testing

/// Times by key and tag, of what clients store and of what is loaded.
struct LifetimeRuleTests {
    private static let shop = "&namespace=shop"

    private static func rules() throws -> NamespaceRules {
        var (products, news) = (LifetimeRule(key: try Glob("product:*")), LifetimeRule(tag: try Glob("news")))
        (products.fresh, products.staleWhileRevalidate) = (.seconds(30), .seconds(60))
        (news.fresh, news.staleWhileRevalidate) = (.seconds(10), .seconds(60))
        var rules = NamespaceRules()
        rules.lifetimeUsual = .seconds(500)
        rules.lifetimeRules = [products, news]
        return rules
    }

    private func fixture(origin: OriginConfiguration? = nil) throws -> CacheFixture {
        let rules = try Self.rules()
        return try CacheFixture { $0.namespaces = [.init(.exactly("shop"), rules, origin: origin)] }
    }

    private func ttl(_ answer: RawAnswer) -> Int? {
        answer.header("Cache-Status")?.split(separator: ";").compactMap { part in
            part.hasPrefix(" ttl=") ? Int(part.dropFirst(5)) : nil
        }.first
    }

    @Test func clientsGetTheTimesOfTheRule() throws {
        let fixture = try fixture()
        #expect(ttl(try fixture.post("product:1", "{\"value\":1}", Self.shop)) == 30)
        #expect(ttl(try fixture.post("product:1", "{\"value\":1,\"ttl\":0}", Self.shop)) == 30)
        #expect(ttl(try fixture.post("product:1", "{\"value\":1,\"ttl\":7}", Self.shop)) == 7)
        #expect(ttl(try fixture.post("page", "{\"value\":1,\"tags\":[\"a\",\"news\"]}", Self.shop)) == 10)
        #expect(ttl(try fixture.post("page", "{\"value\":1}", Self.shop)) == 500)
        // Of another namespace.
        #expect(ttl(try fixture.post("product:1", "{\"value\":1}")) == 3_600)
        let batch = try fixture.send(
            "POST", "/cache/batch?namespace=shop",
            "[{\"op\":\"set\",\"key\":\"product:2\",\"value\":2},{\"op\":\"get\",\"key\":\"product:2\"}]")
        #expect([29, 30].contains(batch.list("results").last?["ttl"] as? Int), "\(batch)")
        // A soft invalidation leaves what has a window.
        _ = try fixture.put("-", "{\"everything\":true,\"mode\":\"soft\"}", Self.shop)
        #expect(try fixture.get("product:2", Self.shop).status == 200)
        #expect(try fixture.get("page", Self.shop).status == 404)
    }

    @Test func loadsGetThemToo() throws {
        let origin = try OriginServer { request, responder in
            guard request.headers.first("If-None-Match") == nil else {
                responder.respond(.empty(304))
                return
            }
            let fields = request.target.contains("told") ? [("Cache-Control", "max-age=77")] : []
            responder.respond(OriginServer.value("1", fields + [("xkey", "news"), ("ETag", "\"v1\"")]))
        }
        let configuration = try #require(OriginConfiguration(origin.template))
        let fixture = try fixture(origin: configuration)
        #expect([9, 10].contains(ttl(try fixture.get("page", Self.shop))))
        #expect([29, 30].contains(ttl(try fixture.get("product:1", Self.shop))))
        #expect([76, 77].contains(ttl(try fixture.get("told", Self.shop))))
        // Behind a soft invalidation the origin says that nothing has changed: the tags stay, and so does the rule.
        _ = try fixture.put("-", "{\"everything\":true,\"mode\":\"soft\"}", Self.shop)
        for (key, times) in [("page", [9, 10]), ("product:1", [29, 30])] {
            #expect(try fixture.get(key, Self.shop).text == "1")
            try eventually("\(key) is fresh anew") {
                ttl(try fixture.get(key, Self.shop)).map(times.contains) ?? false
            }
        }
    }
}
