import Foundation
import Invalidations
import TestSupport
import Testing
import TopicCatalogue

/// Tests of the IETF draft's invalidation events.
@Suite(.timeLimit(.minutes(2)))
struct InvalidationEventTests {
    static let line = "POST /invalidation-events"

    static let cases: [DialectCase] = [
        DialectCase(
            line,
            body: #"{"type":"uri","selectors":["https://example.com/foo/bar","https://example.com/foo/bar/baz"]}"#,
            becomes: Selectors(urls: ["https://example.com/foo/bar", "https://example.com/foo/bar/baz"]), mode: .soft),
        DialectCase(
            line, body: #"{"type":"uri-prefix","selectors":["https://www.example.com/foo/bar"],"purge":true,"x":[1]}"#,
            becomes: Selectors(prefixes: ["https://www.example.com/foo/bar"])),
        DialectCase(
            line,
            body:
                #"{"type":"origin","selectors":["https://www.example.com:443","http://a.example:80","https://b:8080"]}"#,
            becomes: Selectors(prefixes: ["https://www.example.com/", "http://a.example/", "https://b:8080/"]),
            mode: .soft),
        DialectCase(
            line,
            body:
                #"{"type":"group","selectors":["https://example.com:443"],"groups":["scripts"],"purge":false}"#,
            becomes: Selectors(tags: ["scripts"]), mode: .soft),
    ]

    @Test func anEventBecomesARecord() throws {
        let gateway = try GatewayFixture()
        for one in Self.cases {
            let answer = try gateway.send(one.line, body: one.body)
            #expect(answer.status == 202 && answer.string("status") == "queued", "\(one): \(answer)")
            #expect(answer.string("statusUrl") == answer.header("Location"))
        }
        let published = try gateway.published()
        #expect(published.map(\.selectors) == Self.cases.map(\.selectors))
        #expect(published.map(\.mode) == Self.cases.map(\.mode))
        _ = try gateway.send("\(Self.line)?namespace=shop", body: Self.cases[0].body)
        #expect(try gateway.published("shop").count == 1)
    }

    static let refusals: [DialectRefusalCase] = [
        DialectRefusalCase(line, body: #"{"type":"regex","selectors":["a"]}"#, status: 501, "uri, uri-prefix, origin"),
        DialectRefusalCase(
            line, body: #"{"type":"URI","selectors":["https://a.example/"]}"#, status: 501, "uri, uri-prefix"),
        DialectRefusalCase(line, body: #"{"selectors":["https://a.example/"]}"#, status: 422, "\"type\""),
        DialectRefusalCase(line, body: #"{"type":"uri"}"#, status: 422, "\"selectors\""),
        DialectRefusalCase(line, body: #"{"type":"uri","selectors":["a"]}"#, status: 422, "urls[0]"),
        DialectRefusalCase(line, body: #"{"type":"uri","selectors":"a"}"#, status: 400, "be an array"),
        DialectRefusalCase(
            line, body: #"{"type":"uri","selectors":["https://a/"],"purge":1}"#, status: 400, "true or false"),
        DialectRefusalCase(
            line, body: #"{"type":"origin","selectors":["https://a.example/b"]}"#, status: 422, "a path"),
        DialectRefusalCase(line, body: #"{"type":"group","selectors":["https://a:443"]}"#, status: 422, "\"groups\""),
        DialectRefusalCase(line, body: "{}{}", status: 400, "not valid JSON"),
        DialectRefusalCase(line, body: "", status: 400, "an event in JSON"),
    ]

    @Test func aRefusalIsAProblemDocument() throws {
        let gateway = try GatewayFixture()
        for one in Self.refusals {
            let answer = try gateway.send(one.line, body: one.body)
            #expect(answer.status == one.status, "\(one.body ?? ""): \(answer)")
            #expect(answer.header("Content-Type") == "application/problem+json")
            #expect(answer.string("detail")?.contains(one.says) == true, "\(one.body ?? ""): \(answer)")
        }
        #expect(try gateway.records(of: TopicName.normal).isEmpty)
        #expect(try gateway.send("GET /invalidation-events").status == 405)
    }
}
