import Foundation
import Gateway
import Invalidations
import TestSupport
import Testing
import TopicCatalogue

/// Tests of Fastly's purge API at the gateway.
@Suite(.timeLimit(.minutes(2)))
struct FastlyTests {
    static let json = "Content-Type: application/json"
    static let both = ["https://www.example.com/a%20b?x=1", "http://www.example.com/a%20b?x=1"]

    static let ofService: [DialectCase] = [
        DialectCase("POST /service/SU1Z0is/purge/key-1", becomes: Selectors(tags: ["key-1"])),
        DialectCase(
            "POST /service/SU1Z0is/purge/a%2Fb", ["Fastly-Soft-Purge: 1"], becomes: Selectors(tags: ["a/b"]),
            mode: .soft),
        DialectCase("POST /service/SU1Z0is/purge/a/b/", becomes: Selectors(tags: ["a/b/"])),
        DialectCase(
            "POST /service/SU1Z0is/purge", ["Surrogate-Key: a b  c"], becomes: Selectors(tags: ["a", "b", "c"])),
        DialectCase(
            "POST /service/SU1Z0is/purge", [json], body: #"{"surrogate_keys":["a","b"]}"#,
            becomes: Selectors(tags: ["a", "b"])),
        // The value of that field is not looked at there, either.
        DialectCase(
            "POST /service/SU1Z0is/purge", ["Fastly-Soft-Purge: 0", "Surrogate-Key: s"],
            becomes: Selectors(tags: ["s"]),
            mode: .soft),
        DialectCase("POST /service/SU1Z0is/purge_all", ["Fastly-Soft-Purge: 1"], becomes: Selectors(everything: true)),
        DialectCase(
            "POST /service/SU1Z0is/purge_all",
            ["Fastly-Key: any", "Content-Type: application/x-www-form-urlencoded"], body: "",
            becomes: Selectors(everything: true)),
    ]

    static let ofURLs: [DialectCase] = [
        DialectCase("POST /purge/www.example.com/a%20b?x=1", becomes: Selectors(urls: both)),
        DialectCase("POST /purge/https://www.example.com/a%20b?x=1", becomes: Selectors(urls: [both[0]])),
        DialectCase("PURGE https://www.example.com/a%20b?x=1", ["Fastly-Key: k"], becomes: Selectors(urls: [both[0]])),
        DialectCase(
            "PURGE /p?namespace=x", ["Fastly-Soft-Purge: 1"],
            becomes: Selectors(urls: ["https://shop.example/p?namespace=x", "http://shop.example/p?namespace=x"]),
            mode: .soft),
    ]

    @Test(arguments: [(ofService, "SU1Z0is"), (ofURLs, "default")])
    func aRequestBecomesARecord(cases: [DialectCase], namespace: String) throws {
        let gateway = try GatewayFixture()
        for one in cases {
            let answer = try gateway.send(one.line, one.fields, body: one.body)
            #expect(answer.status == 200, "\(one): \(answer)")
            #expect(answer.header("Content-Type") == "application/json")
            #expect(answer.header("Location")?.hasPrefix("/status/") == true)
        }
        let published = try gateway.published(namespace)
        #expect(published.map(\.selectors) == cases.map(\.selectors))
        #expect(published.map(\.mode) == cases.map(\.mode))
    }

    @Test func theAnswerNamesTheRequest() throws {
        let gateway = try GatewayFixture()
        let one = try gateway.send("POST /service/shop/purge/key-1")
        #expect(one.string("status") == "ok")
        let id = try #require(one.string("id"))
        #expect(try RawHTTP.get(gateway.port, "/status/\(id)").string("status") == "queued")
        let batch = try gateway.send("POST /service/shop/purge", ["Surrogate-Key: a b a"])
        let ids = try #require(batch.object as? [String: String])
        #expect(Set(ids.keys) == ["a", "b"] && Set(ids.values).count == 1)
        #expect(ids["a"].flatMap(RequestID.init)?.text == (try gateway.published("shop").last?.id.text))
    }

    @Test func aRequestIsPublishedOncePerIdempotencyKey() throws {
        let gateway = try GatewayFixture()
        let field = "Idempotency-Key: deploy-7"
        let first = try gateway.send("POST /service/shop/purge/k", [field])
        let second = try gateway.send("POST /service/shop/purge/k", [field])
        #expect(first.status == 200 && first.string("id") == second.string("id"))
        let other = try gateway.send("POST /service/shop/purge/other", [field])
        #expect(other.status == 400 && other.string("msg") == "Idempotency-Key used before")
        #expect(try gateway.published("shop").count == 1)
    }

    static let refusals: [DialectRefusalCase] = [
        DialectRefusalCase("POST /service/shop/purge", status: 400, "Name keys in the Surrogate-Key header"),
        DialectRefusalCase(
            "POST /service/shop/purge", [json], body: #"{"surrogate_keys":[]}"#, status: 400, "Name keys"),
        DialectRefusalCase(
            "POST /service/shop/purge", [json], body: #"{"surrogate_keys":"a"}"#, status: 400, "be an array"),
        DialectRefusalCase(
            "POST /service/shop/purge", [json], body: #"{"surrogate_keys":[1]}"#, status: 400, "but strings"),
        DialectRefusalCase("POST /service/shop/purge", [json], body: "[]", status: 400, "must be a JSON object"),
        DialectRefusalCase("POST /service/shop/purge", [json], body: "{", status: 400, "not valid JSON"),
        DialectRefusalCase("POST /service/sh%20op/purge/a", status: 400, "namespace"),
        DialectRefusalCase("POST /service//purge/a", status: 400, "namespace"),
        DialectRefusalCase("POST /service/shop/purge/a%zz", status: 400, "percent-encoded"),
        DialectRefusalCase("POST /service/shop/purge/a%0Ab", status: 400, "tags[0]"),
        DialectRefusalCase("POST /%70urge/www.example.com/a", status: 400, "Write /purge/"),
        DialectRefusalCase("POST /purge/", status: 400, "urls[0]"),
        DialectRefusalCase("GET /service/shop/purge_all", status: 405, "POST"),
        DialectRefusalCase(
            "POST /service/shop/purge_all", ["Content-Type: text/plain"], body: "x", status: 415, "must be JSON"),
        DialectRefusalCase(
            "POST /service/shop/purge", [json], body: keys(1_001), status: 400, "tags"),
        DialectRefusalCase(
            "POST /service/shop/purge", [json], body: String(repeating: " ", count: 1 << 20) + "{}", status: 413,
            "1048576"),
    ]

    private static func keys(_ count: Int) -> String {
        #"{"surrogate_keys":[\#((0..<count).map { "\"k\($0)\"" }.joined(separator: ","))]}"#
    }

    @Test func aRefusalHasTheFormOfFastly() throws {
        let gateway = try GatewayFixture()
        for one in Self.refusals {
            let answer = try gateway.send(one.line, one.fields, body: one.body)
            #expect(answer.status == one.status, "\(one.line): \(answer)")
            #expect(answer.string("msg")?.isEmpty == false, "\(one.line): \(answer)")
            #expect(answer.string("detail")?.contains(one.says) == true, "\(one.line): \(answer)")
        }
        #expect(try gateway.records(of: TopicName.normal).isEmpty)
        #expect(try gateway.metric(#"cachesync_gateway_answers_total{route="fastly",status="4xx"}"#) >= 12)
        let options = try gateway.send("OPTIONS /service/shop/purge_all")
        #expect(options.status == 204 && options.header("Allow") == "POST, OPTIONS")
    }

    @Test func aTokenComesInItsOwnField() throws {
        let gateway = try GatewayFixture { $0.tokens = ["secret-1"] }
        for (fields, status) in [
            ([], 401), (["Fastly-Key: secret-2"], 401), (["X-Auth-Key: secret-1"], 401),
            (["Fastly-Key: secret-1"], 200),
            (["Authorization: Bearer secret-1"], 200),
        ] {
            let answer = try gateway.send("POST /service/shop/purge/k", fields)
            #expect(answer.status == status, "\(fields)")
            guard status == 401 else { continue }
            #expect(answer.string("msg") == "Provided credentials are missing or invalid")
            #expect(answer.header("WWW-Authenticate") != nil)
        }
        #expect(try RawHTTP.post(gateway.port, #"{"tags":["a"]}"#, headers: ["Fastly-Key: secret-1"]).status == 401)
    }
}
