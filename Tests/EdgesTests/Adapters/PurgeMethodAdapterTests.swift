import Edges
import HTTP
import Invalidations
import Testing

/// Tests of the adapter for the method PURGE.
@Suite struct PurgeMethodAdapterTests {
    let adapter = PurgeMethodAdapter(address: address)

    @Test func urlsBecomeHostAndPath() {
        let plan = adapter.plan(
            batch([urls("https://shop.example/a?b=%20#c", "HTTP://x"), urls("http://Blog.example:8080/x/../y")]))
        #expect(plan.calls.map(\.method) == ["PURGE", "PURGE"])
        #expect(plan.calls.map(\.url) == ["/a?b=%20", "/y"].map { "http://edge.test:8080\($0)" })
        #expect(plan.calls.map(\.host) == ["shop.example", "blog.example:8080"])
        #expect(plan.calls.map(\.scheme) == [.https, .http])
        #expect(plan.calls.allSatisfy { $0.requestTarget == nil })
        #expect(plan.refused.map(\.item) == [0])
    }

    @Test(arguments: [
        (SchemeRule.url, "https://shop.example/a?b"), (.http, "http://shop.example/a?b"),
        (.none, "http://shop.example/a?b"),
    ])
    func theWholeURLIsASetting(_ scheme: SchemeRule, _ target: String) {
        let whole = PurgeMethodAdapter(address: address, targetForm: .url, scheme: scheme)
        let call = whole.plan(batch([urls("https://shop.example/a?b#c")])).calls[0]
        #expect(call.requestTarget == target && call.host == "shop.example")
        #expect(call.url == "http://edge.test:8080/a?b")
    }

    @Test func aFixedHostIsNamedInAll() {
        let fixed = PurgeMethodAdapter(address: address, host: "inner.example", targetForm: .url)
        let plan = fixed.plan(batch([urls("http://a.example/1", "http://b.example/1")]))
        #expect(plan.calls.map(\.requestTarget) == ["http://inner.example/1"])
        #expect(!fixed.capabilities.namesHosts && adapter.capabilities.namesHosts)
    }

    @Test func aURLNamedTwiceIsPurgedOnce() {
        let plan = adapter.plan(batch([urls("http://s.example/a"), urls("http://s.example/a", "http://s.example/b")]))
        #expect(plan.calls.map(\.items.indices) == [[0, 1], [1]])
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let status: Int
        var reason = ""
        var body = ""
        var type: String?
        var outcome: CallOutcome?
        var failureClass: PurgeFailure.Class?
        var testDescription: String { "\(status) \(reason) \(body.prefix(20))" }
    }

    static let synthetic = "<title>200 Purged</title><h1>Error 200 Purged</h1>"
    static let cases = [
        Case(status: 200, outcome: .acknowledged(objects: nil)),
        Case(status: 204, outcome: .acknowledged(objects: nil)),
        Case(status: 200, body: "OK", type: "text/plain", outcome: .acknowledged(objects: nil)),
        Case(status: 200, body: #"{"status": "ok"}"#, type: "application/json", outcome: .acknowledged(objects: nil)),
        Case(status: 200, reason: "Purged", body: synthetic, type: "text/html", outcome: .acknowledged(objects: nil)),
        Case(status: 200, body: synthetic, outcome: .acknowledged(objects: nil)),
        Case(status: 200, body: "<p>Welcome to our shop", type: "text/html", failureClass: .permanentTarget),
        Case(status: 200, body: "<p>Welcome to our shop", failureClass: .permanentTarget),
        Case(status: 404, outcome: .absent),
        Case(status: 404, reason: "Not in cache", body: "<h1>Error</h1>", type: "text/html", outcome: .absent),
        Case(status: 404, body: "this URL is not cached", type: "text/plain", outcome: .absent),
        Case(
            status: 404, reason: "Not Found on Accelerator", body: "<H1>Not Found on Accelerator</H1>",
            type: "text/html", failureClass: .permanentTarget),
        Case(status: 201, failureClass: .permanentItem),
        Case(status: 302, failureClass: .permanentTarget),
        Case(status: 400, failureClass: .permanentItem),
        Case(status: 403, failureClass: .permanentTarget),
        Case(status: 405, failureClass: .permanentTarget),
        Case(status: 429, failureClass: .throttled),
        Case(status: 500, failureClass: .transient),
        Case(status: 501, failureClass: .permanentTarget),
        Case(status: 503, failureClass: .transient),
    ]

    @Test(arguments: cases)
    func answersAreRead(_ example: Case) {
        let call = adapter.plan(batch([urls("http://s.example/a")])).calls[0]
        let outcome = adapter.outcome(
            of: answer(example.status, example.reason, body: example.body, type: example.type), for: call)
        if let expected = example.outcome { #expect(outcome == expected) }
        #expect(outcome.failure?.failureClass == example.failureClass)
    }

    @Test(arguments: [
        ("X-Cache", "HIT from edge", true), ("X-Cache", "TCP_MEM_HIT", true), ("X-Cache", "MISS from WHIT", false),
        ("Cache-Status", "edge; hit", true), ("Cache-Status", "edge;fwd=miss;stored", false),
        ("Via", "http/1.1 e (ApacheTrafficServer/9.2.5 [cHs f ])", true),
        ("Via", "http/1.1 e (ApacheTrafficServer/9.2.5 [cRs f ])", true),
        ("Via", "http/1.1 e (ApacheTrafficServer/9.2.5 [cMsSfW])", false), ("Age", "7", false),
    ])
    func hitsAreSeen(_ name: String, _ value: String, _ isHit: Bool) {
        var response = HTTPClientResponse(status: 200)
        response.header = HTTPHeaders([(name, value)])
        #expect(adapter.isHit(response) == isHit)
    }
}
