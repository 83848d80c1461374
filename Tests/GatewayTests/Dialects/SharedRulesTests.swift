import Edges
import Foundation
import Gateway
import Invalidations
import TestSupport
import Testing
import TopicCatalogue

/// Tests that dialects keep the rules of `POST /invalidate`. Refusals have the dialect's form.
@Suite(.timeLimit(.minutes(2)))
struct SharedRulesTests {
    @Test func aHostOfAnotherNamespaceIsNotPurged() throws {
        var sharing = EdgeSharing()
        sharing.hosts = [
            HostGrant(
                namespaces: try #require(NamespacePattern("shop")),
                hosts: [try #require(HostPattern("shop.example"))])
        ]
        let gateway = try GatewayFixture { [sharing] in $0.sharing = [sharing] }
        let cloudflare = try gateway.send(
            "POST /zones/shop/purge_cache", body: #"{"files":["https://blog.example/1"]}"#)
        #expect(cloudflare.status == 403 && cloudflare.list("errors").first?["code"] as? Int == 403)
        #expect(cloudflare.text.contains("may not purge the host"))
        let varnish = try gateway.send("PURGE /1", host: "blog.example", ["Cache-Sync-Namespace: shop"])
        #expect(varnish.status == 403 && varnish.text.contains("may not purge the host"))
        #expect(try gateway.records(of: TopicName.normal).isEmpty)
        #expect(try gateway.send("PURGE /1", ["Cache-Sync-Namespace: shop"]).status == 200)
    }

    @Test func anUnservedNamespaceIsRefused() throws {
        let gateway = try GatewayFixture {
            $0.edges = [EdgeProfile(name: "shop-only", namespaces: [.exactly("shop")])]
        }
        let answer = try gateway.send("POST /service/blog/purge/a")
        #expect(answer.status == 400 && answer.string("msg") == "Unserved namespace")
        #expect(try gateway.send("POST /service/shop/purge/a").status == 200)
    }

    /// Clients try again when they are told to, in their own product's words.
    @Test func aFullBacklogIsToldWithItsTime() throws {
        let gateway = try GatewayFixture(backlogGuard: EmbeddedBacklog(bytesMax: 1))
        let fastly = try gateway.send("POST /service/shop/purge/a")
        #expect(fastly.status == 503 && fastly.header("Retry-After") == "1")
        #expect(fastly.string("detail")?.contains("Nothing was published") == true)
        let varnish = try gateway.send("PURGE /a")
        #expect(varnish.status == 503 && varnish.header("Retry-After") == "1")
        #expect(try gateway.metric(#"cachesync_gateway_publications_total{outcome="refused"}"#) == 2)
    }
}
