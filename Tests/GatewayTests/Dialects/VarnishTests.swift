import Foundation
import Gateway
import Invalidations
import TestSupport
import Testing
import TopicCatalogue

/// Tests of purges as clients send them to Varnish.
@Suite(.timeLimit(.minutes(2)))
struct VarnishTests {
    static let pattern = "((^|,)cat_p_1(,|$))|((^|,)cms_b_footer.links(,|$))"

    static let cases: [DialectCase] = [
        DialectCase(
            "PURGE /a%2Fb?x=1&namespace=y",
            becomes: Selectors(urls: [
                "https://shop.example/a%2Fb?x=1&namespace=y", "http://shop.example/a%2Fb?x=1&namespace=y",
            ])),
        DialectCase("PURGE /a", ["X-Forwarded-Proto: https"], becomes: Selectors(urls: ["https://shop.example/a"])),
        DialectCase("PURGE /a", ["X-Forwarded-Proto: HTTP"], becomes: Selectors(urls: ["http://shop.example/a"])),
        // What is also a path of the gateway's own is a page of the shop all the same.
        DialectCase(
            "PURGE /status", ["X-Forwarded-Proto: https"], becomes: Selectors(urls: ["https://shop.example/status"])),
        DialectCase("PURGE http://other.example/a", becomes: Selectors(urls: ["http://other.example/a"])),
        DialectCase("PURGE /", ["xkey: a, b c"], becomes: Selectors(tags: ["a", "b", "c"])),
        DialectCase("PURGEKEYS /", ["xkey-purge: a b"], becomes: Selectors(tags: ["a", "b"])),
        DialectCase("PURGEKEYS /", ["XKey-SoftPurge: a b"], becomes: Selectors(tags: ["a", "b"]), mode: .soft),
        DialectCase("PURGE /", ["xkey-softpurge: a"], becomes: Selectors(tags: ["a"]), mode: .soft),
        DialectCase("PURGEKEYS /", ["xkey-softpurge: a", "xkey-purge: b"], becomes: Selectors(tags: ["b", "a"])),
        DialectCase(
            "PURGE /", ["X-Magento-Tags-Pattern: \(pattern)"],
            becomes: Selectors(tags: ["cat_p_1", "cms_b_footer.links"])),
        DialectCase(
            "PURGE /", ["X-Magento-Tags-Pattern: ((^|,)cat_p(,|$))", "X-Magento-Purge-Soft: 1"],
            becomes: Selectors(tags: ["cat_p"]), mode: .soft),
        DialectCase("PURGE /", ["X-Magento-Tags-Pattern: .*"], becomes: Selectors(everything: true)),
    ]

    @Test func aRequestBecomesARecord() throws {
        let gateway = try GatewayFixture()
        for one in Self.cases {
            let answer = try gateway.send(one.line, one.fields)
            #expect(answer.status == 200, "\(one): \(answer)")
            #expect(answer.text.hasPrefix("Purge queued: "))
        }
        let published = try gateway.published()
        #expect(published.map(\.selectors) == Self.cases.map(\.selectors))
        #expect(published.map(\.mode) == Self.cases.map(\.mode))
        #expect(try gateway.metric(#"cachesync_gateway_answers_total{route="varnish",status="2xx"}"#) == 13)
    }

    @Test func aFieldOrTheQueryNamesTheNamespace() throws {
        let gateway = try GatewayFixture()
        _ = try gateway.send("PURGE /a", ["Cache-Sync-Namespace: shop", "X-Forwarded-Proto: https"])
        _ = try gateway.send("PURGE /?namespace=shop", ["xkey: t"])
        _ = try gateway.send("PURGE /?namespace=blog", ["xkey: t", "Cache-Sync-Namespace: shop"])
        let selectors = try gateway.published("shop").map(\.selectors)
        #expect(
            selectors == [Selectors(urls: ["https://shop.example/a"]), Selectors(tags: ["t"]), Selectors(tags: ["t"])])
    }

    static let refusals: [DialectRefusalCase] = [
        DialectRefusalCase("PURGEKEYS /", status: 400, "Neither header XKey-Purge or XKey-SoftPurge set"),
        DialectRefusalCase("PURGEKEYS /", ["xkey-purge: "], status: 400, "empty"),
        // Else it would purge the front page in place of the keys.
        DialectRefusalCase("PURGE /", ["xkey: ,"], status: 400, "empty"),
        DialectRefusalCase("PURGE /a", ["Cache-Sync-Namespace: a b"], status: 400, "namespace"),
        DialectRefusalCase("PURGE /%zz", status: 400, "percent-encoded"),
        DialectRefusalCase("PURGE /a*", status: 400, "prefixes"),
        DialectRefusalCase(
            "PURGE /", ["xkey: \((0...1_000).map { "t\($0)" }.joined(separator: " "))"], status: 400, "tags"),
    ]

    @Test func aRefusalIsText() throws {
        let gateway = try GatewayFixture()
        for one in Self.refusals {
            let answer = try gateway.send(one.line, one.fields)
            #expect(answer.status == one.status, "\(one.line): \(answer)")
            #expect(answer.header("Content-Type")?.hasPrefix("text/plain") == true, "\(one.line): \(answer)")
            #expect(answer.text.contains(one.says), "\(one.line): \(answer)")
        }
        #expect(try gateway.records(of: TopicName.normal).isEmpty)
    }

    /// A guess at another expression would leave stale content behind.
    @Test func aPatternThatIsNoAlternationOfTagsIsRefused() throws {
        let gateway = try GatewayFixture()
        let one = "((^|,)a(,|$))"
        for pattern in [
            "", "a", "*", ".+", "cat_p_.*", "((^|,)(,|$))", "((^|,)a.*(,|$))", "((^|,)a|b(,|$))", "(\(one))", "\(one)|",
            "|\(one)", "\(one)\(one)", "\(one)|b", "\(one) | \(one)", "((^|,)a[0-9](,|$))", "((^|,)a\\d(,|$))",
        ] {
            let answer = try gateway.send("PURGE /", ["X-Magento-Tags-Pattern: \(pattern)"])
            #expect(answer.status == 400 && answer.text.hasPrefix("Unreadable pattern: "), "\(pattern): \(answer)")
        }
        #expect(try gateway.records(of: TopicName.normal).isEmpty)
    }

    @Test func aTokenIsABearers() throws {
        let gateway = try GatewayFixture { $0.tokens = ["secret-1"] }
        let refused = try gateway.send("PURGE /a")
        #expect(refused.status == 401 && refused.text.contains("bearer token"))
        #expect(try gateway.send("PURGE /a", ["Authorization: Bearer secret-1"]).status == 200)
    }
}
