import Edges
import HTTP
import Invalidations
import TestSupport
import Testing

/// Against a real Varnish with the shipped VCL.
@Suite(.timeLimit(.minutes(4)))
struct VarnishEdgeTests {
    private func harness(_ varnish: VarnishServer, host: String? = nil) throws -> EngineHarness {
        let address = EdgeAddress.local(varnish.port)
        return try EngineHarness([
            edge(VarnishAdapter(address: address, host: host), at: address, accepts: .all, pipelining: true)
        ])
    }

    /// Pages of one cache: fetched once each, and which of them have changed since.
    private struct Pages {
        let port: Int
        private var known: [String: String] = [:]

        init(port: Int, _ paths: [String]) throws {
            self.port = port
            for path in paths { known[path] = try page(port, path) }
            for path in paths { #expect(try page(port, path) == known[path], "not cached: \(path)") }
        }

        /// Forgotten ones are cached anew by this.
        mutating func changed() throws -> [String] {
            var changed: [String] = []
            for path in known.keys.sorted() {
                let text = try page(port, path)
                if text != known[path] { changed.append(path) }
                known[path] = text
            }
            return changed
        }

        func isStillCached(_ path: String) throws -> Bool { try page(port, path) == known[path] }
    }

    @Test func tagsArePurgedHardAndSoft() throws {
        let origin = try originServer()
        let varnish = try VarnishServer(originPort: origin.port)
        let harness = try harness(varnish)
        var pages = try Pages(port: varnish.port, ["/a?tag=one", "/b?tag=two", "/c?tag=one"])

        #expect(try harness.purge(tags("one", "nobody-has-this")).isDone)
        #expect(try pages.changed() == ["/a?tag=one", "/c?tag=one"])
        #expect(try pages.changed() == [])

        // Soft: the stale page once or more while the fresh one is fetched, then that.
        #expect(try harness.purge(tags("two"), mode: .soft).isDone)
        #expect(try pages.isStillCached("/b?tag=two"))
        try eventually("the fresh page is served") { try !pages.isStillCached("/b?tag=two") }
        #expect(try pages.changed() == ["/b?tag=two"])
        #expect(try pages.changed() == [])
    }

    @Test func manyTagsOfManyRequestsArePurgedInSeveralCalls() throws {
        let origin = try originServer()
        let varnish = try VarnishServer(originPort: origin.port)
        let harness = try harness(varnish)
        let filler = String(repeating: "x", count: 1_000)
        let last = "last-" + String(repeating: "y", count: 900)
        var pages = try Pages(port: varnish.port, ["/a?tag=first", "/b?tag=\(last)", "/c?tag=other"])
        let items = [tags("first")] + (0..<30).map { tags("\(filler)-\($0)") } + [tags(last)]
        #expect(try harness.purge([(0, batch(items))])[0].isDone)
        #expect(try pages.changed() == ["/a?tag=first", "/b?tag=\(last)"])
    }

    @Test func urlsPrefixesAndEverythingArePurged() throws {
        let origin = try originServer()
        let varnish = try VarnishServer(originPort: origin.port)
        let harness = try harness(varnish)
        let paths = ["/", "/a", "/a?x=1", "/a/b.c", "/a/bxc", "/z%C3%BC?q=%22"]
        var pages = try Pages(port: varnish.port, paths)

        #expect(try harness.purge(urls("https://SHOP.example/a?x=1", "http://other.example/a")).isDone)
        #expect(try pages.changed() == ["/a?x=1"])
        #expect(try harness.purge(urls("http://shop.example:80/z%C3%BC?q=%22")).isDone)
        #expect(try pages.changed() == ["/z%C3%BC?q=%22"])

        #expect(try harness.purge(urls("https://shop.example/a"), mode: .soft).isDone)
        #expect(try pages.isStillCached("/a"))
        try eventually("the fresh page is served") { try !pages.isStillCached("/a") }
        #expect(try pages.changed() == ["/a"])

        #expect(try harness.purge(Selectors(prefixes: ["https://shop.example/a/b.c"])).isDone)
        #expect(try pages.changed() == ["/a/b.c"])
        #expect(try harness.purge(Selectors(prefixes: ["https://shop.example/a"])).isDone)
        #expect(try pages.changed() == ["/a", "/a/b.c", "/a/bxc", "/a?x=1"])
        #expect(
            !(try harness.purge(Selectors(prefixes: ["https://other.example/", "http://x/(\"')[ \\"])).isDone))
        #expect(try harness.purge(Selectors(prefixes: ["http://shop.example/(\"')[&&\\"])).isDone)
        #expect(try pages.changed() == [])
        #expect(try harness.purge(Selectors(everything: true)).isDone)
        #expect(try pages.changed() == paths.sorted())
    }

    @Test func whoMayNotPurgeIsToldSo() throws {
        let origin = try originServer()
        let varnish = try VarnishServer(
            originPort: origin.port,
            changes: [("\"127.0.0.0\"/8;", "\"192.0.2.0\"/24;")])
        let harness = try harness(varnish)
        var pages = try Pages(port: varnish.port, ["/a?tag=one"])
        let all = Selectors(
            tags: ["one"], urls: ["http://shop.example/a?tag=one"], prefixes: ["http://shop.example/"], everything: true
        )
        let failure = try harness.purge(all)[0].failure
        #expect(failure?.failureClass == .permanentTarget && failure?.status == 403)
        #expect(failure?.message.contains("list of purgers") == true)
        #expect(try pages.changed() == [])

        let verdict = EdgeChecker.check(
            edge(VarnishAdapter(address: .local(varnish.port)), at: .local(varnish.port)), token: "t1")
        #expect(!verdict.isUsable && verdict.findings.map(\.method) == ["PURGEKEYS", "soft PURGEKEYS", "PURGE", "BAN"])
    }

    /// Without the shipped parts, Varnish hands purges to the origin, and this one says 200 to everything.
    @Test func aVCLThatKnowsNoPurgesDoesNotPass() throws {
        let origin = try originServer()
        let varnish = try VarnishServer(
            originPort: origin.port,
            vcl: "vcl 4.1;\nbackend default { .host = \"127.0.0.1\"; .port = \"{origin}\"; }\n")
        let outcome = try harness(varnish).purge(tags("a"), urls("http://shop.example/a"))
        #expect((0...1).map { outcome[$0].failure?.failureClass } == [.permanentTarget, .permanentTarget])
        #expect(outcome[0].failure?.message.contains("Examples/edges/varnish.vcl") == true)
    }

    /// Bans as FOSHttpCache's published VCL makes them: with the content type that the call must name, and with an
    /// answer that comes whatever Varnish thinks of the expression.
    private static func bans(_ expression: String, purge: String = "return (purge);", hash: String = "") -> String {
        """
        vcl 4.1;
        backend default { .host = "127.0.0.1"; .port = "{origin}"; }
        sub vcl_recv {
            if (req.method == "PURGE") { \(purge) }
            if (req.method == "BAN") {
                ban(\(expression));
                return (synth(200, "Banned"));
            }
        }
        sub vcl_hash { \(hash) }
        sub vcl_backend_response {
            set beresp.http.X-Url = bereq.url;
            set beresp.http.X-Host = bereq.http.host;
        }
        """
    }

    private static let hostAndURL =
        #""obj.http.X-Host ~ " + req.http.X-Host + " && obj.http.X-Url ~ " + req.http.X-Url"#

    @Test func bansThatNeedAContentTypeAreMade() throws {
        let origin = try originServer()
        let varnish = try VarnishServer(
            originPort: origin.port,
            vcl: Self.bans(Self.hostAndURL + #" + " && obj.http.content-type ~ " + req.http.X-Content-Type"#))
        let harness = try harness(varnish)
        var pages = try Pages(port: varnish.port, ["/", "/a", "/a/b", "/b"])
        #expect(try harness.purge(Selectors(prefixes: ["http://shop.example/a"])).isDone)
        #expect(try pages.changed() == ["/a", "/a/b"])
        #expect(try harness.purge(Selectors(everything: true)).isDone)
        #expect(try pages.changed() == ["/", "/a", "/a/b", "/b"])
    }

    /// What answers "Banned" and bans nothing is found out by a page of our own, before anything is counted as purged.
    @Test(arguments: [
        hostAndURL + #" + " && obj.http.X-Cache-Tags ~ " + req.http.X-Cache-Tags"#,
        #""obj.http.x-other-url ~ " + req.http.X-Url"#,
    ])
    func bansThatBanNothingAreFoundOut(_ expression: String) throws {
        let origin = try originServer()
        let varnish = try VarnishServer(originPort: origin.port, vcl: Self.bans(expression))
        let harness = try harness(varnish)
        var pages = try Pages(port: varnish.port, ["/a"])
        for selectors in [Selectors(prefixes: ["http://shop.example/a"]), Selectors(everything: true)] {
            let failure = try harness.purge(selectors)[0].failure
            #expect(failure?.failureClass == .permanentTarget && failure?.kinds == selectors.kinds)
            #expect(failure?.message.contains("still in the cache") == true)
        }
        #expect(try pages.changed() == [])
        let address = EdgeAddress.local(varnish.port)
        let verdict = EdgeChecker.check(
            edge(VarnishAdapter(address: address), at: address, accepts: [.urls, .prefixes]), token: "t3")
        #expect(verdict.findings.map(\.kinds) == [.urls, .prefixes])
        #expect(verdict.findings.map { $0.failure == nil } == [true, false])
    }

    /// A ban handler that takes its URL from the request line bans what it is asked for, and no more.
    @Test func aBanReadFromTheRequestLineIsTheRightOne() throws {
        let origin = try originServer()
        let varnish = try VarnishServer(
            originPort: origin.port,
            vcl: Self.bans(#""obj.http.X-Host == " + req.http.host + " && obj.http.X-Url ~ ^" + req.url"#))
        let harness = try harness(varnish)
        var pages = try Pages(port: varnish.port, ["/", "/a", "/a/b", "/b"])
        let others = try page(varnish.port, "/a", host: "other.example")
        #expect(try harness.purge(Selectors(prefixes: ["http://shop.example/a"])).isDone)
        #expect(try pages.changed() == ["/a", "/a/b"])
        #expect(try page(varnish.port, "/a", host: "other.example") == others)
    }

    /// A VCL that keeps the schemes' pages apart.
    @Test func pagesOfTheURLsSchemeArePurged() throws {
        let origin = try originServer()
        let varnish = try VarnishServer(
            originPort: origin.port, vcl: Self.bans(Self.hostAndURL, hash: "hash_data(req.http.X-Forwarded-Proto);"))
        func pages() throws -> [String] {
            try ["http", "https"].map { try page(varnish.port, "/a", headers: [("X-Forwarded-Proto", $0)]) }
        }
        let first = try pages()
        #expect(try harness(varnish).purge(urls("https://shop.example/a")).isDone)
        let second = try pages()
        #expect(second[0] == first[0] && second[1] != first[1])
    }

    /// A purge that looks for another object than visitors get: it says "Purged", and nothing is gone.
    @Test func purgesThatMissTheirPageAreFoundByTheCheck() throws {
        let origin = try originServer()
        let varnish = try VarnishServer(
            originPort: origin.port,
            vcl: Self.bans(Self.hostAndURL, hash: #"if (req.method == "PURGE") { hash_data("other"); }"#))
        let address = EdgeAddress.local(varnish.port)
        let verdict = EdgeChecker.check(
            edge(VarnishAdapter(address: address), at: address, accepts: [.urls]), token: "t4")
        #expect(verdict.findings.first?.failure?.message.contains("still in the cache") == true)
    }

    @Test func theCheckPassesTheShippedConfiguration() throws {
        let origin = try originServer()
        let varnish = try VarnishServer(originPort: origin.port)
        var pages = try Pages(port: varnish.port, ["/a?tag=one"])
        let address = EdgeAddress.local(varnish.port)
        let verdict = EdgeChecker.check(edge(VarnishAdapter(address: address), at: address), token: "t2")
        #expect(verdict.isUsable && verdict.findings.map(\.kinds) == [.tags, .tags, .urls, .prefixes])
        #expect(try pages.changed() == [])
    }
}
