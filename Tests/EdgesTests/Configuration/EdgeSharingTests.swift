import Edges
import HTTP
import Invalidations
import Synchronization
import TestSupport
import Testing

/// Namespaces that share an edge.
@Suite(.timeLimit(.minutes(1)))
struct EdgeSharingTests {
    private func sharing(_ grants: [(String, [String])]) throws -> EdgeSharing {
        var sharing = EdgeSharing()
        sharing.hosts = try grants.map { namespaces, hosts in
            HostGrant(
                namespaces: try #require(NamespacePattern(namespaces)),
                hosts: try hosts.map { try #require(HostPattern($0)) })
        }
        return sharing
    }

    @Test(arguments: [
        ("https://shop.example/a", "shop", true), ("https://SHOP.example:443/a", "shop", true),
        ("http://www.shop.example/", "shop", true), ("http://a.b.shop.example/", "shop", true),
        ("http://shop.example.evil/", "shop", false), ("http://evilshop.example/", "shop", false),
        ("http://shop.example:8080/", "shop", false), ("https://blog.example/a", "shop", false),
        ("https://blog.example/a", "blog", true), ("https://shop.example/a", "blog", false),
        ("https://all.example/", "blog", true), ("https://all.example/", "other", true),
        ("https://shop.example/a", "other", false), ("https://old.example/", "shop-old", true),
        ("https://old.example/", "shop", false), ("no url", "shop", true),
    ])
    func namespacesPurgeTheirHosts(_ url: String, _ namespace: String, _ isAllowed: Bool) throws {
        let sharing = try sharing([
            ("shop", ["shop.example", "*.shop.example"]), ("blog", ["BLOG.example"]), ("*", ["all.example"]),
            ("shop-*", ["old.example"]),
        ])
        let refusal = sharing.refusal(of: url, namespace: try #require(Namespace(namespace)))
        #expect((refusal == nil) == isAllowed)
        if !isAllowed { #expect(refusal?.contains("namespace \(namespace) may not purge the host") == true) }
    }

    @Test(arguments: ["a*.example", "*a", "", "*.", "a b", "http://a", "a/b", "*.*", "**"])
    func whatNoHostCanBeIsNoPattern(_ text: String) {
        #expect(HostPattern(text) == nil)
    }

    @Test func withoutGrantsAllMayPurgeAll() {
        #expect(EdgeSharing().refusal(of: "http://anything.example/", namespace: shop) == nil)
    }

    /// The edge's own call names what it should, and nothing that is another's.
    @Test func theEdgeIsToldTheNamespacesTagsAndHostsOnly() throws {
        let sent = Mutex<[String]>([])
        let server = try RawServer { connection in
            while let request = connection.readRequest() {
                sent.withLock { $0.append(String(decoding: request.body, as: UTF8.self)) }
                connection.answer()
            }
        }
        var edge = edge(HTTPAdapter(address: .local(server.port)), at: .local(server.port), accepts: [.tags, .urls])
        edge.sharing = try sharing([("shop", ["shop.example"])])
        edge.sharing.tags = try #require(TagTemplate("{namespace}:{tag}"))
        let harness = try EngineHarness([edge])
        let outcome = try harness.purge(
            Selectors(tags: ["a"], urls: ["http://shop.example/1", "http://blog.example/1"]), tags("site"),
            urls("http://blog.example/2"), Selectors(tags: [String(repeating: "x", count: Limits.tagBytes)]))
        #expect(sent.withLock { $0 }.count == 1)
        #expect(
            sent.withLock { $0[0] }
                == #"{"tags":["shop:a","shop:site"],"urls":["http://shop.example/1"],"namespace":"shop"}"#)
        #expect(
            (0..<4).map { outcome[$0].failure?.failureClass } == [.permanentItem, nil, .permanentItem, .permanentItem])
        #expect(outcome[0].failure?.isShared == false)
        #expect(outcome[2].failure?.message.contains("may not purge the host blog.example") == true)
    }

    @Test(arguments: [
        ("{namespace}:{tag}", "shop:a"), ("{tag}", "a"), ("site-{tag}", "site-a"), ("{tag}@{namespace}!", "a@shop!"),
        ("{namespace}{namespace}{tag}", "shopshopa"),
    ])
    func templatesNameTags(_ template: String, _ name: String) throws {
        var edge = edge(VarnishAdapter(address: address), at: address)
        edge.sharing.tags = try #require(TagTemplate(template))
        let server = try RawServer { connection in
            while let request = connection.readRequest() {
                let isThere = "\(request.head)\r\n".contains("xkey-purge: \(name)\r\n")
                connection.answer(isThere ? "200 Purged 1 objects" : "500 Other")
            }
        }
        edge.adapter = VarnishAdapter(address: .local(server.port))
        #expect(try EngineHarness([edge]).purge(tags("a"))[0] == .acknowledged(objects: 1))
    }
}
