import Edges
import HTTP
import Invalidations
import TestSupport
import Testing

/// Against a real nginx with ngx_cache_purge and the shipped configuration.
@Suite(.timeLimit(.minutes(4)))
struct NginxEdgeTests {
    private func cache(_ origin: NginxServer, changes: [(String, String)] = []) throws -> NginxServer {
        var site = try shippedEdgeFile("nginx/site.conf")
            .replacingOccurrences(of: "127.0.0.1:8080", with: "127.0.0.1:\(origin.port)")
        for (old, new) in changes {
            try #require(site.contains(old))
            site = site.replacingOccurrences(of: old, with: new)
        }
        let cache = try shippedEdgeFile("nginx/cache.conf")
            .replacingOccurrences(of: "/var/cache/nginx/cachesync", with: "{directory}/cache")
        return try NginxServer(site, http: cache, modules: ["ngx_http_cache_purge_module"])
    }

    private func edge(_ nginx: NginxServer, prefix: String = "/purge", method: NginxAdapter.Method = .get)
        -> EdgeConfiguration
    {
        EdgesTests.edge(
            NginxAdapter(address: .local(nginx.port), purgePrefix: prefix, method: method), at: .local(nginx.port))
    }

    @Test(arguments: NginxAdapter.Method.allCases)
    func urlsArePurged(_ method: NginxAdapter.Method) throws {
        let origin = try originServer()
        let nginx = try cache(origin)
        let harness = try EngineHarness([edge(nginx, method: method)])
        let paths = [
            "/a", "/a?x=1&y=%20", "/a%3Fx=1&y=%20", "/b%20c?d", "/%C3%BC", "/e/%2e%2e/f", "/line%0Aend", "//g", "/h?",
        ]
        for path in paths {
            let first = try page(nginx.port, path)
            #expect(try page(nginx.port, path) == first, "not cached: \(path)")
            // Neither another path nor another host touches it.
            #expect(try harness.purge(urls("http://shop.example\(path)-", "http://x.example\(path)")) == .acknowledged)
            #expect(try page(nginx.port, path) == first, "purged by others: \(path)")
            #expect(try harness.purge(urls("https://shop.example\(path)")) == .acknowledged)
            let second = try page(nginx.port, path)
            #expect(second != first, "not purged: \(path)")
            #expect(try page(nginx.port, path) == second)
        }
    }

    /// Two different pages must not be purged, or served, for each other.
    @Test func aQuestionMarkInThePathIsNoQuery() throws {
        let origin = try originServer()
        let nginx = try cache(origin)
        let (path, query) = (try page(nginx.port, "/a%3Fb"), try page(nginx.port, "/a?b"))
        #expect(path != query)
        #expect(try EngineHarness([edge(nginx)]).purge(urls("http://shop.example/a?b")) == .acknowledged)
        #expect(try page(nginx.port, "/a%3Fb") == path)
        #expect(try page(nginx.port, "/a?b") != query)
    }

    @Test func aWrongPlaceIsNotAnAnswer() throws {
        let origin = try originServer()
        let nginx = try cache(origin)
        for prefix in ["/elsewhere", ""] {
            let failure = try EngineHarness([edge(nginx, prefix: prefix)]).purge(urls("http://shop.example/a"))[0]
                .failure
            #expect(failure?.failureClass == .permanentTarget && failure?.message.contains("purge location") == true)
        }
        #expect(!EdgeChecker.check(edge(nginx, prefix: "/elsewhere"), token: "t").isUsable)
    }

    /// To an nginx that has only files, an absent page and a missing purge location look the same but for the method.
    @Test func theCheckTellsAMissingLocationFromAnAbsentPage() throws {
        let files = try NginxServer("root {directory}/files;")
        #expect(try EngineHarness([edge(files)]).purge(urls("http://shop.example/a")) == .acknowledged)
        let outcome = try EngineHarness([edge(files, method: .purge)]).purge(urls("http://shop.example/a"))
        #expect(outcome[0].failure?.failureClass == .permanentTarget)
        let verdict = EdgeChecker.check(edge(files), token: "t")
        #expect(verdict.findings.map { $0.failure?.status } == [405])
        #expect(EdgeChecker.check(edge(try cache(try originServer())), token: "t").isUsable)
    }

    @Test func whoMayNotPurgeIsToldSo() throws {
        let origin = try originServer()
        let nginx = try cache(origin, changes: [("allow 127.0.0.0/8;", "")])
        let failure = try EngineHarness([edge(nginx)]).purge(urls("http://shop.example/a"))[0].failure
        #expect(failure?.failureClass == .permanentTarget && failure?.status == 403)
    }

    @Test func theCheckNamesAnEdgeThatIsDown() throws {
        let port = try freePort()
        let adapter = NginxAdapter(address: .local(port))
        let verdict = EdgeChecker.check(EdgesTests.edge(adapter, at: .local(port)), token: "t")
        #expect(verdict.findings.map { $0.failure?.failureClass } == [.transient])
    }
}
