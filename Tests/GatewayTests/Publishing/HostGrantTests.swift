import Edges
import Gateway
import Invalidations
import TestSupport
import Testing
import TopicCatalogue

/// Tests of grants of hosts to namespaces.
@Suite(.timeLimit(.minutes(2)))
struct HostGrantTests {
    private func gateway() throws -> GatewayFixture {
        var sharing = EdgeSharing()
        sharing.hosts = [
            HostGrant(
                namespaces: try #require(NamespacePattern("shop")),
                hosts: [try #require(HostPattern("shop.example")), try #require(HostPattern("*.shop.example"))]),
            HostGrant(
                namespaces: try #require(NamespacePattern("blog")), hosts: [try #require(HostPattern("blog.example"))]),
        ]
        return try GatewayFixture { $0.sharing = [sharing] }
    }

    @Test(arguments: [
        (#"{"namespace":"shop","urls":["https://shop.example/1","https://blog.example/1"]}"#, "urls"),
        (#"{"namespace":"shop","tags":["a"],"prefixes":["https://blog.example/"]}"#, "prefixes"),
        (#"{"namespace":"other","urls":["https://shop.example/1"]}"#, "urls"),
    ])
    func whatIsAnothersIsNotPublished(_ body: String, _ field: String) throws {
        let gateway = try gateway()
        let answer = try RawHTTP.post(gateway.port, body)
        #expect(answer.status == 403 && answer.string("field") == field)
        #expect(answer.string("detail")?.contains("may not purge the host") == true)
        #expect(answer.string("detail")?.contains("varnish-1") == true)
        #expect(try gateway.records(of: TopicName.normal).isEmpty)
    }

    @Test(arguments: [
        #"{"namespace":"shop","urls":["https://shop.example/1"],"prefixes":["http://a.shop.example/"]}"#,
        #"{"namespace":"blog","tags":["a"],"urls":["https://BLOG.example/1"]}"#, #"{"namespace":"other","tags":["a"]}"#,
    ])
    func whatIsItsOwnIsAccepted(_ body: String) throws {
        _ = try gateway().publish(body)
    }
}
