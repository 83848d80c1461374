import Gateway
import TestSupport
import Testing

/// The console's page and files, as the gateway serves them.
@Suite(.timeLimit(.minutes(1)))
struct ConsoleFileTests {
    private static let html = ["Accept: text/html,application/xhtml+xml,*/*;q=0.8"]

    @Test func aBrowserGetsThePageAndOtherClientsWhatTheyAlwaysGot() throws {
        let gateway = try GatewayFixture()
        let page = try RawHTTP.get(gateway.port, "/?show=requests&q=state:failed", headers: Self.html)
        #expect(page.status == 200 && page.header("Content-Type") == "text/html; charset=utf-8")
        #expect(page.header("Vary")?.contains("Accept") == true && page.header("Cache-Control") == "no-cache")
        let tag = try #require(page.header("ETag"))
        #expect(try RawHTTP.get(gateway.port, "/", headers: Self.html + ["If-None-Match: \(tag)"]).status == 304)
        let head = try RawHTTP.get(gateway.port, "/", method: "HEAD", headers: Self.html)
        #expect(head.status == 200 && head.body.isEmpty && head.header("ETag") == tag)

        for headers in [[], ["Accept: */*"], ["Accept: application/json"]] {
            let answer = try RawHTTP.get(gateway.port, "/", headers: headers)
            #expect(answer.status == 404 && answer.header("Content-Type") == "application/problem+json")
        }
        #expect(try RawHTTP.get(gateway.port, "/", method: "POST", headers: Self.html).status == 404)
    }

    @Test func nothingFromElsewhereAndNothingInlineIsAllowed() throws {
        let gateway = try GatewayFixture()
        let page = try RawHTTP.get(gateway.port, "/", headers: Self.html)
        let policy = try #require(page.header("Content-Security-Policy"))
        for rule in [
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'",
            "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
        ] {
            #expect(policy.contains(rule), "\(rule) is not in \(policy)")
        }
        #expect(!policy.contains("unsafe") && page.header("Referrer-Policy") == "no-referrer")
        #expect(page.header("X-Content-Type-Options") == "nosniff")
        #expect(!page.text.contains("<style") && !page.text.contains("style=") && !page.text.contains("<script>"))
    }

    /// Each module that a module imports is served, so that no screen is missing.
    @Test func everythingThatThePageLoadsIsThere() throws {
        let gateway = try GatewayFixture()
        var known: Set<String> = []
        var waiting = paths(in: try RawHTTP.get(gateway.port, "/", headers: Self.html).text)
        while let path = waiting.popFirst() {
            guard known.insert(path).inserted else { continue }
            let file = try RawHTTP.get(gateway.port, path)
            let type = path.hasSuffix(".css") ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8"
            #expect(file.status == 200 && file.header("Content-Type") == type, "\(path) \(file.status)")
            #expect(file.header("ETag") != nil && file.header("X-Content-Type-Options") == "nosniff")
            #expect(!file.text.contains("innerHTML"), "\(path) makes markup of text")
            waiting.formUnion(paths(in: file.text))
        }
        #expect(known.contains("/console/main.js") && known.contains("/console/board.js") && known.count > 20)
        #expect(try RawHTTP.get(gateway.port, "/console/none.js").status == 404)
        #expect(try RawHTTP.get(gateway.port, "/console/main.js", method: "POST").status == 405)
    }

    private func paths(in text: String) -> Set<String> {
        Set(text.matches(of: #/"(/console/[a-z]+\.(?:js|css))"/#).map { String($0.1) })
    }
}
