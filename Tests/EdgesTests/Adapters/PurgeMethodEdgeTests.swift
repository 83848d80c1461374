import Edges
import Invalidations
import TestSupport
import Testing

/// Against a real Squid and a real Traffic Server with the shipped configurations.
@Suite(.timeLimit(.minutes(4)))
struct PurgeMethodEdgeTests {
    private static let squid = ConditionTrait.enabled(
        if: ServerProcess.isInstalled("squid"), "no squid here: apt-get install squid")
    private static let trafficServer = ConditionTrait.enabled(
        if: ServerProcess.isInstalled("traffic_server"), "no traffic_server here: apt-get install trafficserver")

    private func edge(
        _ cache: ServerProcess, _ form: PurgeMethodAdapter.TargetForm = .path, host: String? = "shop.example",
        pipelining: Bool = true
    ) -> EdgeConfiguration {
        // These caches are asked over plain HTTP, whatever the visitors' URLs say.
        let adapter = PurgeMethodAdapter(
            address: .local(cache.port), targetForm: form, scheme: .http, probeHost: host)
        return EdgesTests.edge(adapter, at: .local(cache.port), pipelining: pipelining)
    }

    private func expectPurges(at cache: ServerProcess, _ edge: EdgeConfiguration) throws {
        let harness = try EngineHarness([edge])
        for path in ["/a", "/a?x=1&y=%20", "/x%2Fy", "/%C3%BC", "//g", "/h?"] {
            let first = try page(cache.port, path)
            #expect(try page(cache.port, path) == first, "not cached: \(path)")
            // Another path does not touch it.
            #expect(try harness.purge(urls("http://shop.example\(path)-"))[0] == .acknowledged(objects: 0))
            #expect(try page(cache.port, path) == first, "purged by another: \(path)")
            #expect(try harness.purge(urls("https://shop.example\(path)"))[0] == .acknowledged(objects: nil))
            #expect(try page(cache.port, path) != first, "not purged: \(path)")
        }
        // In one batch, so that calls go behind each other where they may.
        let paths = (0..<40).map { "/page/\($0)" }
        let first = try paths.map { try page(cache.port, $0) }
        #expect(try harness.purge([(0, batch(paths.map { urls("http://shop.example\($0)") }))])[0].isDone)
        for (path, text) in zip(paths, first) { #expect(try page(cache.port, path) != text, "not purged: \(path)") }
    }

    @Test(squid, arguments: PurgeMethodAdapter.TargetForm.allCases, [true, false])
    func squidIsPurged(_ form: PurgeMethodAdapter.TargetForm, _ pipelining: Bool) throws {
        let origin = try originServer()
        let squid = try ServerProcess.squid(originPort: origin.port)
        try expectPurges(at: squid, edge(squid, form, pipelining: pipelining))
        let verdict = EdgeChecker.check(edge(squid, form, host: nil), token: "t")
        #expect(verdict.isUsable && verdict.findings.map(\.method) == ["PURGE"])
    }

    @Test(trafficServer, arguments: PurgeMethodAdapter.TargetForm.allCases)
    func trafficServerIsPurged(_ form: PurgeMethodAdapter.TargetForm) throws {
        let origin = try originServer()
        let cache = try ServerProcess.trafficServer(originPort: origin.port)
        try expectPurges(at: cache, edge(cache, form))
        #expect(EdgeChecker.check(edge(cache, form), token: "t").isUsable)
    }

    @Test(squid) func squidWithoutAListOfPurgersRefuses() throws {
        let squid = try ServerProcess.squid(
            originPort: try freePort(), changes: [("acl purge method PURGE", "acl purge method DELETE")])
        let failure = try EngineHarness([edge(squid)]).purge(urls("http://shop.example/a"))[0].failure
        #expect(failure?.failureClass == .permanentTarget && failure?.status == 403)
        #expect(failure?.message.contains("method PURGE") == true)
    }

    /// Its purge takes the page of visitors that say nothing of what it varies by. The check sees the others.
    @Test(squid) func theCheckFindsVariantsThatSquidKeeps() throws {
        let origin = try NginxServer(
            """
            add_header Vary Accept-Encoding always;
            add_header Cache-Control "public, max-age=600";
            location / { return 200 "$request_id"; }
            """)
        let squid = try ServerProcess.squid(originPort: origin.port)
        let failure = EdgeChecker.check(edge(squid), token: "t").findings[0].failure
        #expect(failure?.message.contains("still in the cache: does the cache keep several variants") == true)
    }

    /// A host without a remap rule is answered with 404, like a page that is not cached.
    @Test(trafficServer) func aHostThatTrafficServerDoesNotKnowIsAFailure() throws {
        let origin = try originServer()
        let cache = try ServerProcess.trafficServer(originPort: origin.port)
        let outcome = try EngineHarness([edge(cache)])
            .purge(urls("http://other.example/a"), urls("http://shop.example/a"))
        #expect(outcome[0].failure?.failureClass == .permanentTarget && outcome[0].failure?.status == 404)
        #expect(outcome[1] == .acknowledged(objects: 0))
        #expect(!EdgeChecker.check(edge(cache, host: nil), token: "t").isUsable)
    }
}
