import Edges
import HTTP
import Invalidations
import Testing

/// Tests of the nginx adapter.
@Suite struct NginxAdapterTests {
    let adapter = NginxAdapter(address: address)

    struct URLCase: Sendable, CustomTestStringConvertible {
        let url: String
        let host: String
        let target: String
        var testDescription: String { url }

        init(_ url: String, _ host: String, _ target: String) {
            (self.url, self.host, self.target) = (url, host, target)
        }
    }

    static let urlCases = [
        URLCase("https://shop.example/p/42", "shop.example", "/p/42"),
        URLCase("https://shop.example", "shop.example", "/"),
        URLCase("https://shop.example?a=1", "shop.example", "/?a=1"),
        URLCase("https://shop.example/?a=b&c=%20d", "shop.example", "/?a=b&c=%20d"),
        URLCase("https://shop.example/p?", "shop.example", "/p?"),
        URLCase("https://shop.example/p#part", "shop.example", "/p"),
        URLCase("https://shop.example#part?no", "shop.example", "/"),
        URLCase("https://SHOP.Example/P", "shop.example", "/P"),
        URLCase("https://shop.example:443/p", "shop.example", "/p"),
        URLCase("http://shop.example:80/p", "shop.example", "/p"),
        URLCase("http://shop.example:443/p", "shop.example:443", "/p"),
        URLCase("http://shop.example:08080/p", "shop.example:8080", "/p"),
        URLCase("http://shop.example:/p", "shop.example", "/p"),
        URLCase("http://[2001:DB8::1]:8080/p", "[2001:db8::1]:8080", "/p"),
        URLCase("http://[::1]/p", "[::1]", "/p"),
        URLCase("http://xn--bcher-kva.example/b%C3%BCcher", "xn--bcher-kva.example", "/b%C3%BCcher"),
        URLCase("http://s.example/a/../b/./c", "s.example", "/b/c"),
        URLCase("http://s.example/../../etc", "s.example", "/etc"),
        URLCase("http://s.example/%2e%2E/%2e./x", "s.example", "/x"),
        URLCase("http://s.example/a/..", "s.example", "/"),
        URLCase("http://s.example/a/b/.", "s.example", "/a/b/"),
        URLCase("http://s.example/a/b?q=/../x", "s.example", "/a/b?q=/../x"),
        URLCase("http://s.example/.hidden/...", "s.example", "/.hidden/..."),
        URLCase("http://s.example//a//b", "s.example", "//a//b"),
    ]

    @Test(arguments: urlCases)
    func urlsBecomeHostAndPath(_ example: URLCase) {
        let plan = adapter.plan(batch([urls(example.url)]))
        #expect(plan.refused.isEmpty)
        #expect(plan.calls.map(\.host) == [example.host])
        #expect(plan.calls.map(\.url) == ["http://edge.test:8080/purge\(example.target)"])
        #expect(plan.calls.map(\.method) == ["GET"])
    }

    @Test(arguments: [
        "", "shop.example/p", "ftp://shop.example/p", "//shop.example/p", "http://", "http:///p", "http://?x",
        "http://shop.example/a b", "http://shop.example/a\r\nHost: evil", "http://shop.example/a\u{0}b",
        "http://shop.exa\r\nmple/", "http://user:secret@shop.example/", "http://bücher.example/",
        "http://shop.example/bücher", "http://shop.example:99999/", "http://shop.example:8x/",
        "http://shop.example:-1/", "http://[::1/", "http://[::1]x/", "http://[zz::1]/", "http://[]/", "http://a:b:c/",
        "http://shop.example\\@evil/", "http://shop.example,evil/", "http://shop.example/\u{7f}",
        "http://shop.example/" + String(repeating: "x", count: 8_192),
    ])
    func whatNoURLIsIsRefused(_ text: String) {
        let plan = adapter.plan(batch([urls("http://good.example/1", text), urls("http://good.example/2")]))
        #expect(plan.calls.map(\.url) == ["/1", "/2"].map { "http://edge.test:8080/purge\($0)" })
        #expect(plan.refused.map(\.item) == [0])
        #expect(plan.refused.allSatisfy { $0.failure.failureClass == .permanentItem })
        #expect(plan.refused.allSatisfy { $0.failure.message.utf8.allSatisfy { $0 >= 0x20 } })
    }

    @Test func prefixMethodAndHostAreSettings() {
        let other = NginxAdapter(address: address, host: "inner.example", purgePrefix: "/x/y", method: .purge)
        let call = other.plan(batch([urls("https://shop.example/p?q")])).calls[0]
        #expect(call.method == "PURGE" && call.url == "http://edge.test:8080/x/y/p?q" && call.host == "inner.example")
        #expect(other.capabilities.accepts == .urls && !other.capabilities.soft)
    }

    /// Where the key has the path as visitors send it and the purge location decodes it, it is encoded once more.
    @Test(arguments: [
        ("/x%2Fy/%C3%BC", "/x%252Fy/%25C3%25BC"), ("/p?q=%20", "/p?q=%20"), ("/a%3Fb?c=%26", "/a%253Fb?c=%26"),
        ("/plain", "/plain"),
    ])
    func theKeysFormDecidesWhatIsEncoded(_ target: String, _ encoded: String) {
        let url = "http://shop.example\(target)"
        let raw = NginxAdapter(address: address, keyForm: .requestURI)
        #expect(adapter.plan(batch([urls(url)])).calls[0].url == "http://edge.test:8080/purge\(target)")
        #expect(raw.plan(batch([urls(url)])).calls[0].url == "http://edge.test:8080/purge\(encoded)")
    }

    static let page = "<html><head><title>Successful purge</title></head><body><br>Key : shop.example/a </body></html>"
    static let xml = "<?xml version=\"1.0\"?><status><Key>a</Key></status>"

    struct Case: Sendable, CustomTestStringConvertible {
        let status: Int
        let body: String
        var outcome: CallOutcome?
        var failureClass: PurgeFailure.Class?
        var testDescription: String { "\(status) \(body.prefix(20))" }
    }

    static let cases = [
        Case(status: 200, body: page, outcome: .acknowledged(objects: 1)),
        Case(status: 200, body: #"{"Key": "shop.example/a"}"#, outcome: .acknowledged(objects: 1)),
        Case(status: 200, body: xml, outcome: .acknowledged(objects: 1)),
        Case(status: 202, body: "Key:a\nPath:b", outcome: .acknowledged(objects: nil)),
        Case(status: 404, body: "<center>nginx</center>", outcome: .absent),
        Case(status: 412, body: "", outcome: .absent),
        Case(status: 200, body: "the page at /purge/a", failureClass: .permanentTarget),
        Case(status: 200, body: "", failureClass: .permanentTarget),
        Case(status: 301, body: "", failureClass: .permanentTarget),
        Case(status: 400, body: "", failureClass: .permanentItem),
        Case(status: 403, body: "", failureClass: .permanentTarget),
        Case(status: 405, body: "", failureClass: .permanentTarget),
        Case(status: 414, body: "", failureClass: .permanentItem),
        Case(status: 500, body: "", failureClass: .transient),
        Case(status: 502, body: "", failureClass: .transient),
    ]

    @Test(arguments: cases)
    func answersAreRead(_ example: Case) {
        let call = adapter.plan(batch([urls("http://s.example/a")])).calls[0]
        let outcome = adapter.outcome(of: answer(example.status, body: example.body), for: call)
        if let expected = example.outcome { #expect(outcome == expected) }
        #expect(outcome.failure?.failureClass == example.failureClass)
    }

    @Test func aConnectionClosedWithoutAnAnswerHintsAtTheModule() {
        let call = adapter.plan(batch([urls("http://s.example/a")])).calls[0]
        let failure = HTTPClientFailure(.closedWithoutAnswer, "empty reply", mayHaveBeenSent: true)
        let outcome = adapter.outcome(of: .failure(failure), for: call)
        #expect(outcome.failure?.failureClass == .transient)
        #expect(outcome.failure?.message.contains("crashed") == true)
    }
}
