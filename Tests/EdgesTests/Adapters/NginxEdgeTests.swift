import Edges
import Foundation
import HTTP
import Invalidations
import TestSupport
import Testing

/// Against a real nginx with ngx_cache_purge and the shipped configuration.
@Suite(.timeLimit(.minutes(4)))
struct NginxEdgeTests {
    private func cache(_ origin: NginxServer, changes: [(String, String)] = []) throws -> NginxServer {
        var host = try shippedEdgeFile("nginx/site.conf")
            .replacingOccurrences(of: "127.0.0.1:8080", with: "127.0.0.1:\(origin.port)")
        for (old, new) in changes {
            try #require(host.contains(old))
            host = host.replacingOccurrences(of: old, with: new)
        }
        let cache = try shippedEdgeFile("nginx/cache.conf")
            .replacingOccurrences(of: "/var/cache/nginx/cachesync", with: "{directory}/cache")
        return try NginxServer(host, http: cache, modules: ["ngx_http_cache_purge_module"])
    }

    private func edge(
        _ nginx: NginxServer, prefix: String = "/purge", method: NginxAdapter.Method = .get,
        keyForm: NginxAdapter.KeyForm = .uri
    ) -> EdgeConfiguration {
        EdgesTests.edge(
            NginxAdapter(address: .local(nginx.port), purgePrefix: prefix, method: method, keyForm: keyForm),
            at: .local(nginx.port), pipelining: true)
    }

    private static let cachedKey = #"proxy_cache_key "$host$uri $args $cachesync_slashes""#
    private static let purgedKey = #"proxy_cache_purge cachesync "$host$cachesync_uri $args $cachesync_slashes""#

    @Test(arguments: NginxAdapter.Method.allCases)
    func urlsArePurged(_ method: NginxAdapter.Method) throws {
        let origin = try originServer()
        let nginx = try cache(origin)
        let harness = try EngineHarness([edge(nginx, method: method)])
        let paths = [
            "/x%2Fy", "/x/y", "/a/%2F?q=%2F", "/a", "/a?x=1&y=%20", "/a%3Fx=1&y=%20", "/b%20c?d", "/%C3%BC",
            "/e/%2e%2e/f", "/line%0Aend", "//g", "/h?",
        ]
        for path in paths {
            let first = try page(nginx.port, path)
            #expect(try page(nginx.port, path) == first, "not cached: \(path)")
            // Neither another path nor another host touches it.
            #expect(try harness.purge(urls("http://shop.example\(path)-", "http://x.example\(path)")).isDone)
            #expect(try page(nginx.port, path) == first, "purged by others: \(path)")
            #expect(try harness.purge(urls("https://shop.example\(path)")).isDone)
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
        #expect(try EngineHarness([edge(nginx)]).purge(urls("http://shop.example/a?b")).isDone)
        #expect(try page(nginx.port, "/a%3Fb") == path)
        #expect(try page(nginx.port, "/a?b") != query)
    }

    @Test func anEncodedSlashIsNoSlash() throws {
        let origin = try originServer()
        let nginx = try cache(origin)
        let (encoded, plain) = (try page(nginx.port, "/x%2Fy"), try page(nginx.port, "/x/y"))
        #expect(encoded != plain)
        #expect(try EngineHarness([edge(nginx)]).purge(urls("http://shop.example/x/y")).isDone)
        #expect(try page(nginx.port, "/x%2Fy") == encoded)
        #expect(try page(nginx.port, "/x/y") != plain)
    }

    /// Visitors that take gzip, brotli or nothing get one and the same entry, and its purge is seen by all of them.
    @Test func anOriginThatVariesByEncodingLeavesNoVariant() throws {
        let origin = try varyingOrigin("Accept-Encoding")
        let nginx = try cache(origin)
        func pages() throws -> [String] {
            try ["gzip", "br", "identity", "gzip, deflate, br"].map {
                try page(nginx.port, "/a", headers: [("Accept-Encoding", $0)])
            }
        }
        let first = try pages()
        #expect(Set(first).count == 1)
        let outcome = try EngineHarness([edge(nginx)]).purge(urls("http://shop.example/a"))
        #expect(outcome[0] == .acknowledged(objects: 1))
        let second = try pages()
        #expect(Set(second).count == 1 && second[0] != first[0])
    }

    /// One entry must not stand for pages that differ: they are not kept.
    @Test(arguments: ["Cookie", "Accept-Encoding, Cookie", "Accept-Language", "*"])
    func whatVariesOtherwiseIsNotCached(_ vary: String) throws {
        let origin = try varyingOrigin(vary)
        let nginx = try cache(origin)
        #expect(try page(nginx.port, "/a") != page(nginx.port, "/a"))
    }

    private func varyingOrigin(_ vary: String) throws -> NginxServer {
        try NginxServer(
            """
            default_type image/png;  # which nothing compresses
            add_header Vary "\(vary)" always;
            add_header Cache-Control "public, max-age=600";
            location / { return 200 "$request_id"; }
            """)
    }

    /// A site whose key is the URL as visitors send it, and a purge location that decodes it.
    @Test func rawKeysAreHitWhereTheEdgeSaysSo() throws {
        let origin = try originServer()
        let nginx = try cache(
            origin,
            changes: [
                (Self.cachedKey, #"proxy_cache_key "$host$request_uri""#),
                (Self.purgedKey, #"proxy_cache_purge cachesync "$host$cachesync_uri$is_args$args""#),
            ])
        let raw = try EngineHarness([edge(nginx, keyForm: .requestURI)])
        let decoded = try EngineHarness([edge(nginx)])
        for path in ["/a", "/b%20c", "/%C3%BC?q=%20", "/x%2Fy", "/a%3Fb?c=1"] {
            let first = try page(nginx.port, path)
            if path.prefix(while: { $0 != "?" }).contains("%") {
                #expect(try decoded.purge(urls("http://shop.example\(path)"))[0] == .acknowledged(objects: 0))
                #expect(try page(nginx.port, path) == first, "hit by the decoded path: \(path)")
            }
            #expect(try raw.purge(urls("http://shop.example\(path)"))[0] == .acknowledged(objects: 1), "\(path)")
            #expect(try page(nginx.port, path) != first, "not purged: \(path)")
        }
    }

    /// A key with the scheme in it: the purge says the URL's in X-Forwarded-Proto.
    @Test func keysWithTheSchemeAreHit() throws {
        let origin = try originServer()
        let nginx = try cache(
            origin,
            changes: [
                (Self.cachedKey, #"proxy_cache_key "$http_x_forwarded_proto$host$uri $args $cachesync_slashes""#),
                (
                    Self.purgedKey,
                    Self.purgedKey.replacingOccurrences(of: "\"$host", with: "\"$http_x_forwarded_proto$host")
                ),
            ])
        func pages() throws -> [String] {
            try ["http", "https"].map { try page(nginx.port, "/a", headers: [("X-Forwarded-Proto", $0)]) }
        }
        let first = try pages()
        let outcome = try EngineHarness([edge(nginx)]).purge(urls("https://shop.example/a"))
        #expect(outcome[0] == .acknowledged(objects: 1))
        let second = try pages()
        #expect(second[0] == first[0] && second[1] != first[1])
    }

    /// Sites as people run them, whose purges say 404 and leave the page: the check sees it in the cache afterwards.
    @Test func theCheckFindsPurgesThatMissTheirPage() throws {
        func isUsable(
            _ origin: NginxServer, _ changes: [(String, String)], _ keyForm: NginxAdapter.KeyForm = .uri
        ) throws -> Bool {
            let nginx = try cache(origin, changes: changes)
            let verdict = EdgeChecker.check(edge(nginx, keyForm: keyForm), token: "t")
            if !verdict.isUsable {
                #expect(verdict.findings[0].failure?.message.contains("still in the cache: are the keys") == true)
            }
            return verdict.isUsable
        }
        let (plain, varying) = (try originServer(), try varyingOrigin("Accept-Encoding"))
        let honoursVary = [("proxy_ignore_headers Vary;", "")]
        let rawKey = [
            (Self.cachedKey, #"proxy_cache_key "$host$request_uri""#),
            (Self.purgedKey, #"proxy_cache_purge cachesync "$host$cachesync_uri$is_args$args""#),
        ]
        #expect(try isUsable(plain, []) && isUsable(varying, []))
        #expect(try isUsable(plain, honoursVary) && !isUsable(varying, honoursVary))
        #expect(try !isUsable(plain, rawKey) && isUsable(plain, rawKey, .requestURI))
        #expect(try !isUsable(plain, [(Self.cachedKey, #"proxy_cache_key "x$host$uri""#)]))
    }

    @Test func aWrongPathIsNotAnAnswer() throws {
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
        #expect(try EngineHarness([edge(files)]).purge(urls("http://shop.example/a")).isDone)
        let outcome = try EngineHarness([edge(files, method: .purge)]).purge(urls("http://shop.example/a"))
        #expect(outcome[0].failure?.failureClass == .permanentTarget)
        let verdict = EdgeChecker.check(edge(files), token: "t")
        #expect(verdict.findings.map { $0.failure?.status } == [405])
        let nginx = try cache(try originServer())
        withExtendedLifetime(nginx) {
            #expect(EdgeChecker.check(edge(nginx), token: "t").isUsable)
        }
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
