import Foundation
import Gateway
import Invalidations
import TestSupport
import Testing

/// Tests of entity tags: what is the same is not sent again.
@Suite(.timeLimit(.minutes(2)))
struct EntityTagTests {
    @Test func asOfWhenMakesNoDifference() {
        func tag(_ text: String) -> String { EntityTag.weak(of: Array(text.utf8)) }
        let first = tag(#"{"status":"queued","asOf":"2026-11-28T04:00:00.000Z","statusUrl":"/s"}"#)
        #expect(first.hasPrefix("W/\"") && first.hasSuffix("\"") && first.utf8.count == 36)
        #expect(tag(#"{"status":"queued","asOf":"2026-11-28T04:00:01.000Z","statusUrl":"/s"}"#) == first)
        #expect(tag(#"{"status":"queued","asOf":"2026-11-28T04:00:00.000Z","statusUrl":"/t"}"#) != first)
        #expect(tag(#"{"status":"queued","asOf":null,"statusUrl":"/s"}"#) != first)
        // What a text says is no member.
        let quoted = [#"{"a":"\"asOf\":\"1\""}"#, #"{"a":"\"asOf\":\"2\""}"#]
        #expect(tag(quoted[0]) != tag(quoted[1]))
        for text in ["", "a", #""asOf":""#, #"{"asOf":"#, #"{"asOf":"x"#] { #expect(!tag(text).isEmpty) }
    }

    @Test(arguments: [
        (["W/\"a\""], true), (["\"a\""], true), (["*"], true), (["\"b\", W/\"a\""], true), (["\"b\"", "\"a\""], true),
        ([], false), ([""], false), (["\"b\""], false), (["a"], false), (["W/a"], false), (["\"a"], false),
        (["\"\""], false), (["\"a, b\""], false), (["\"A\""], false), (["\"x*\""], false),
    ])
    func tagsAreComparedWithoutTheirWeakness(_ fields: [String], _ isNamed: Bool) {
        #expect(EntityTag.isNamed("W/\"a\"", in: fields) == isNamed, "\(fields)")
    }

    @Test func whoHasTheSameGets304() throws {
        let gateway = try GatewayFixture()
        let (id, _) = try gateway.publish(#"{"namespace":"shop","tags":["a"]}"#)
        try gateway.fold(id, namespace: "shop", [.init("varnish-1", .sending)])
        for target in ["/status/\(id)", "/status?namespace=shop", "/status?id=\(id)"] {
            let first = try RawHTTP.get(gateway.port, target)
            let tag = try #require(first.header("ETag"))
            #expect(first.header("Cache-Control") == "private, no-cache")
            // The time that the answer is of goes on.
            try gateway.catchUp()
            let same = try RawHTTP.get(gateway.port, target, headers: ["If-None-Match: \"x\", \(tag)"])
            #expect(same.status == 304 && same.body.isEmpty && same.header("ETag") == tag, "\(target)")
            #expect(same.header("Cache-Control") == "private, no-cache" && same.header("Content-Type") == nil)
            let head = try RawHTTP.get(gateway.port, target, method: "HEAD", headers: ["If-None-Match: \(tag)"])
            #expect(head.status == 304)
            #expect(try RawHTTP.get(gateway.port, target, headers: ["If-None-Match: \"x\""]).status == 200)
        }
        let tag = try #require(try RawHTTP.get(gateway.port, "/status/\(id)").header("ETag"))
        try gateway.fold(id, namespace: "shop", [.init("varnish-1", .purged)])
        let changed = try RawHTTP.get(gateway.port, "/status/\(id)", headers: ["If-None-Match: \(tag)"])
        #expect(changed.status == 200 && changed.header("ETag") != tag)
    }

    @Test func pagesAreKeptAndRefusalsAreNot() throws {
        let gateway = try GatewayFixture()
        for target in ["/openapi.json", "/docs", "/problems", "/problems/not-found"] {
            let page = try RawHTTP.get(gateway.port, target)
            let tag = try #require(page.header("ETag"))
            #expect(page.header("Cache-Control") == "no-cache")
            #expect(try RawHTTP.get(gateway.port, target, headers: ["If-None-Match: \(tag)"]).status == 304)
        }
        for target in ["/nothing", "/status/x", "/status/0190a1b2-0000-7000-8000-000000000000"] {
            let refusal = try RawHTTP.get(gateway.port, target, headers: ["If-None-Match: *"])
            #expect(refusal.status >= 400 && refusal.header("ETag") == nil, "\(target)")
            #expect(refusal.header("Cache-Control") == "no-store")
        }
        #expect(try RawHTTP.post(gateway.port, "{}", headers: ["If-None-Match: *"]).header("ETag") == nil)
    }
}
