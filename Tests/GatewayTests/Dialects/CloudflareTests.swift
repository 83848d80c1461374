import Foundation
import Gateway
import Invalidations
import TestSupport
import Testing
import TopicCatalogue

/// Tests of Cloudflare's purge of a zone at the gateway.
@Suite(.timeLimit(.minutes(2)))
struct CloudflareTests {
    static let zone = "023e105f4ecef8ad9ca31a8372d0c353"
    static let line = "POST /client/v4/zones/\(zone)/purge_cache"

    static let cases: [DialectCase] = [
        DialectCase(
            line, body: #"{"files":["http://www.example.com/css/styles.css","https://www.example.com/a?b=c"]}"#,
            becomes: Selectors(urls: ["http://www.example.com/css/styles.css", "https://www.example.com/a?b=c"])),
        DialectCase(
            line,
            body: #"{"files":[{"url":"http://www.example.com/cat.jpg","headers":{"CF-Device-Type":"mobile"}}]}"#,
            becomes: Selectors(urls: ["http://www.example.com/cat.jpg"])),
        DialectCase(
            line, body: #"{"tags":["some-tag","another-tag"]}"#, becomes: Selectors(tags: ["some-tag", "another-tag"])),
        DialectCase(
            line, body: #"{"prefixes":["www.example.com/foo","https://a.example/b","c.example"]}"#,
            becomes: Selectors(prefixes: [
                "https://www.example.com/foo", "http://www.example.com/foo", "https://a.example/b",
                "https://c.example/", "http://c.example/",
            ])),
        DialectCase(
            line, body: #"{"hosts":["www.example.com"]}"#,
            becomes: Selectors(prefixes: ["https://www.example.com/", "http://www.example.com/"])),
        DialectCase(
            "POST /zones/\(zone)/purge_cache", body: #"{"purge_everything":true}"#, becomes: Selectors(everything: true)
        ),
        DialectCase(
            "POST /zones/\(zone)/purge_cache/", body: #"{"purge_everything":false,"tags":["t"],"files":null}"#,
            becomes: Selectors(tags: ["t"])),
    ]

    @Test func aRequestBecomesARecord() throws {
        let gateway = try GatewayFixture()
        for one in Self.cases {
            let answer = try gateway.send(one.line, ["Content-Type: application/json"], body: one.body)
            #expect(answer.status == 200, "\(one): \(answer)")
            #expect(answer.object["success"] as? Bool == true)
            #expect(answer.list("errors").isEmpty && (answer.object["messages"] as? [Any])?.isEmpty == true)
            let id = try #require((answer.object["result"] as? [String: Any])?["id"] as? String)
            #expect(try RawHTTP.get(gateway.port, "/status/\(id)").status == 200)
        }
        let published = try gateway.published(Self.zone)
        #expect(published.map(\.selectors) == Self.cases.map(\.selectors))
        #expect(published.allSatisfy { $0.mode == .hard })
    }

    struct Refusal: Sendable {
        let body: String
        var status = 400
        var code = 400
        let says: String
    }

    static let refusals: [Refusal] = [
        Refusal(body: "{}", code: 1012, says: "Request must contain one of"),
        Refusal(body: "", code: 1012, says: "Request must contain one of"),
        Refusal(body: #"{"purge_everything":false}"#, code: 1012, says: "Request must contain one of"),
        Refusal(body: #"{"files":"https://a.example/"}"#, code: 1014, says: "must be an array"),
        Refusal(body: #"{"hosts":{}}"#, code: 1014, says: "must be an array"),
        Refusal(body: #"{"files":[{"headers":{}}]}"#, says: "\"url\""),
        Refusal(body: #"{"files":[7]}"#, says: "\"url\""),
        Refusal(body: #"{"files":["/path/to/image.jpg"]}"#, says: "urls[0]"),
        Refusal(body: #"{"hosts":["a.example/b"]}"#, says: "host names"),
        Refusal(body: #"{"purge_everything":"yes"}"#, says: "true or false"),
        Refusal(body: #"{"tags":[""]}"#, says: "tags[0]"),
        Refusal(body: #"{"tags":[\#((0...1_000).map { "\"t\($0)\"" }.joined(separator: ","))]}"#, says: "tags"),
        Refusal(body: #"{"hosts":[\#((0...50).map { "\"h\($0)\"" }.joined(separator: ","))]}"#, says: "prefixes"),
        Refusal(body: "not JSON", says: "not valid JSON"),
        Refusal(body: String(repeating: " ", count: 1 << 20) + "{}", status: 413, code: 413, says: "1048576"),
    ]

    @Test func aRefusalHasTheFormOfCloudflare() throws {
        let gateway = try GatewayFixture()
        for one in Self.refusals {
            let answer = try gateway.send(Self.line, ["Content-Type: application/json"], body: one.body)
            #expect(answer.status == one.status, "\(one.body.prefix(80)): \(answer)")
            #expect(answer.object["success"] as? Bool == false && answer.object["result"] is NSNull)
            let error = try #require(answer.list("errors").first, "\(answer)")
            #expect(error["code"] as? Int == one.code, "\(one.body.prefix(80)): \(answer)")
            #expect((error["message"] as? String)?.contains(one.says) == true, "\(one.body.prefix(80)): \(answer)")
        }
        #expect(try gateway.records(of: TopicName.normal).isEmpty)
    }

    @Test func aTokenComesInItsOwnField() throws {
        let gateway = try GatewayFixture { $0.tokens = ["secret-1"] }
        for (field, status) in [
            ("X-Auth-Key: wrong", 401), ("Fastly-Key: secret-1", 401), ("X-Auth-Key: secret-1", 200),
            ("Authorization: Bearer secret-1", 200),
        ] {
            let answer = try gateway.send(Self.line, [field], body: #"{"tags":["t"]}"#)
            #expect(answer.status == status, "\(field)")
            guard status == 401 else { continue }
            #expect(answer.list("errors").first?["code"] as? Int == 10_000)
        }
    }
}
