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
        return try EngineHarness([edge(VarnishAdapter(address: address, host: host), at: address, takes: .all)])
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

        #expect(try harness.purge(tags("one", "nobody-has-this")) == .acknowledged)
        #expect(try pages.changed() == ["/a?tag=one", "/c?tag=one"])
        #expect(try pages.changed() == [])

        // Soft: the stale page once or more while the fresh one is fetched, then that.
        #expect(try harness.purge(tags("two"), mode: .soft) == .acknowledged)
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
        #expect(try harness.purge([(0, batch(items))]) == [.acknowledged])
        #expect(try pages.changed() == ["/a?tag=first", "/b?tag=\(last)"])
    }

    @Test func urlsPrefixesAndEverythingArePurged() throws {
        let origin = try originServer()
        let varnish = try VarnishServer(originPort: origin.port)
        let harness = try harness(varnish)
        let paths = ["/", "/a", "/a?x=1", "/a/b.c", "/a/bxc", "/z%C3%BC?q=%22"]
        var pages = try Pages(port: varnish.port, paths)

        #expect(try harness.purge(urls("https://SHOP.example/a?x=1", "http://other.example/a")) == .acknowledged)
        #expect(try pages.changed() == ["/a?x=1"])
        #expect(try harness.purge(urls("http://shop.example:80/z%C3%BC?q=%22")) == .acknowledged)
        #expect(try pages.changed() == ["/z%C3%BC?q=%22"])

        #expect(try harness.purge(urls("https://shop.example/a"), mode: .soft) == .acknowledged)
        #expect(try pages.isStillCached("/a"))
        try eventually("the fresh page is served") { try !pages.isStillCached("/a") }
        #expect(try pages.changed() == ["/a"])

        #expect(try harness.purge(Selectors(prefixes: ["https://shop.example/a/b.c"])) == .acknowledged)
        #expect(try pages.changed() == ["/a/b.c"])
        #expect(try harness.purge(Selectors(prefixes: ["https://shop.example/a"])) == .acknowledged)
        #expect(try pages.changed() == ["/a", "/a/b.c", "/a/bxc", "/a?x=1"])
        #expect(
            try harness.purge(Selectors(prefixes: ["https://other.example/", "http://x/(\"')[ \\"])) != .acknowledged)
        #expect(try harness.purge(Selectors(prefixes: ["http://shop.example/(\"')[&&\\"])) == .acknowledged)
        #expect(try pages.changed() == [])
        #expect(try harness.purge(Selectors(everything: true)) == .acknowledged)
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
        #expect(!verdict.isUsable && verdict.findings.map(\.method) == ["PURGEKEYS", "PURGE"])
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

    @Test func theCheckPassesTheShippedConfiguration() throws {
        let origin = try originServer()
        let varnish = try VarnishServer(originPort: origin.port)
        var pages = try Pages(port: varnish.port, ["/a?tag=one"])
        let address = EdgeAddress.local(varnish.port)
        let verdict = EdgeChecker.check(edge(VarnishAdapter(address: address), at: address), token: "t2")
        #expect(verdict.isUsable && verdict.findings.map(\.kinds) == [.tags, .urls])
        #expect(try pages.changed() == [])
    }
}
