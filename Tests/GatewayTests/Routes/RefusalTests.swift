import Foundation
import Gateway
import Invalidations
import TestSupport
import Testing
import TopicCatalogue

/// One gateway for all that it refuses: none of it leaves a trace.
@Suite(.timeLimit(.minutes(2)))
struct RefusalTests {
    private static let later = (Timestamp.now() + 600_000).text

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var body: [UInt8]
        var headers: [String] = []
        var status: Int
        /// What title or detail must hold.
        var says: String

        init(_ name: String, _ body: String, _ status: Int, _ says: String, headers: [String] = []) {
            self.init(name, bytes: Array(body.utf8), status, says, headers: headers)
        }

        init(_ name: String, bytes: [UInt8], _ status: Int, _ says: String, headers: [String] = []) {
            testDescription = name
            body = bytes
            self.status = status
            self.says = says
            self.headers = headers
        }
    }

    static let cases: [Case] = [
        Case("nothing", "", 400, "Malformed JSON"),
        Case("no JSON", "tags=a", 400, "Malformed JSON"),
        Case("half an object", #"{"tags":["a""#, 400, "Malformed JSON"),
        Case("two objects", #"{"tags":["a"]}{"tags":["a"]}"#, 400, "Malformed JSON"),
        Case("half an array", #"[{"tags":["a"]},"#, 400, "Malformed JSON"),
        Case("an empty array", "[ ]", 400, "Empty batch"),
        Case("no lines", " \n\r\n", 400, "Empty batch", headers: ["Content-Type: application/x-ndjson"]),
        Case("1,001 items", "[" + Array(repeating: "1", count: 1_001).joined(separator: ",") + "]", 413, "1000"),
        Case("a string", #""a""#, 400, "Malformed JSON"),
        Case("null", "null", 400, "Malformed JSON"),
        Case("a NUL behind the object", "{\"tags\":[\"a\"]}\u{0}", 400, "Malformed JSON"),
        Case("zero bytes", bytes: [UInt8](repeating: 0, count: 100), 400, "Malformed JSON"),
        Case("invalid UTF-8", bytes: Array(#"{"tags":[""#.utf8) + [0xC3, 0x28] + Array(#""]}"#.utf8), 400, "JSON"),
        Case("a lone surrogate", #"{"tags":["\ud800"]}"#, 400, "JSON"),
        Case("deep nesting", String(repeating: "[", count: 100_000), 400, "Malformed JSON"),
        Case(
            "deep nesting in an unknown field",
            #"{"tags":["a"],"x":"# + String(repeating: "[", count: 50) + String(repeating: "]", count: 50) + "}", 400,
            "Malformed JSON"),
        Case("an empty object", "{}", 400, "Missing tags or urls"),
        Case("empty lists", #"{"tags":[],"urls":[],"prefixes":[],"everything":false}"#, 400, "Missing tags or urls"),
        Case("nulls", #"{"tags":null,"urls":null}"#, 400, "Missing tags or urls"),
        Case("tags as a string", #"{"tags":"a"}"#, 422, "tags must be an array"),
        Case("tags of numbers", #"{"tags":[1]}"#, 422, "tags[0]"),
        Case("an empty tag", #"{"tags":[""]}"#, 422, "tags[0]"),
        Case("a tag that ends a header line", #"{"tags":["a\r\nX-Evil: 1"]}"#, 422, "tags[0]"),
        Case("a tag with a space", #"{"tags":["a b"]}"#, 422, "tags[0]"),
        Case("a relative URL", #"{"urls":["/a"]}"#, 422, "urls[0]"),
        Case("a URL that ends a request line", #"{"urls":["http://a/\r\nHost: b"]}"#, 422, "urls[0]"),
        Case("a URL with a star", #"{"urls":["https://shop.example/w/*"]}"#, 422, "in prefixes, such as"),
        Case("a URL without scheme", #"{"urls":["shop.example/p"]}"#, 422, "write https://shop.example/p"),
        Case(
            "a misspelt member", #"{"namespace":"shop","url":["http://a/"]}"#, 422,
            "url is no member of a request: write urls"),
        Case("an id without a time", #"{"id":"6ba7b810-9dad-41d1-80b4-00c04fd430c8","tags":["a"]}"#, 422, "version 7"),
        Case("a request of the year 9999", #"{"requestedAt":"9999-12-31T23:59:59Z","tags":["a"]}"#, 422, "clock"),
        Case("a request of 1970", #"{"requestedAt":"1970-01-01T00:00:00Z","tags":["a"]}"#, 422, "clock"),
        Case("a request that is over", #"{"expiresAt":"1970-01-01T00:00:00Z","tags":["a"]}"#, 422, "passed already"),
        Case(
            "a wait of years", #"{"notBefore":"2099-01-01T00:00:00Z","tags":["a"]}"#, 422, "more than a day ahead"),
        Case(
            "a wait beyond its own end", #"{"notBefore":"\#(later)","expiresAt":"\#(later)","tags":["a"]}"#, 422,
            "is not after notBefore"),
        Case(
            "a cancellation that waits", #"{"notBefore":"\#(later)","cancels":"0190a1b2-0000-7000-8000-0000000000aa"}"#,
            422, "must stand without cancels"),
        Case("a wait in words", #"{"notBefore":"30s","tags":["a"]}"#, 422, "notBefore"),
        Case("a URL of a file", #"{"urls":["file:///etc/passwd"]}"#, 422, "urls[0]"),
        Case("a namespace with a slash", #"{"namespace":"a/b","tags":["a"]}"#, 422, "namespace"),
        Case("a namespace that is a number", #"{"namespace":1,"tags":["a"]}"#, 422, "namespace"),
        Case("an unknown mode", #"{"mode":"gentle","tags":["a"]}"#, 422, "mode"),
        Case("an unknown priority", #"{"priority":"now","tags":["a"]}"#, 422, "priority"),
        Case("a time in words", #"{"expiresAt":"tomorrow","tags":["a"]}"#, 422, "expiresAt"),
        Case("a truth in words", #"{"everything":"yes"}"#, 422, "everything"),
        Case("a cancellation of no id", #"{"cancels":"yesterday's"}"#, 422, "cancels must be a UUID"),
        Case(
            "tags beside a cancellation", #"{"tags":["a"],"cancels":"0190a1b2-0000-7000-8000-0000000000aa"}"#, 422,
            "cancels must stand without tags"),
        Case(
            "too many tags", #"{"tags":["# + Array(repeating: #""a""#, count: 1_001).joined(separator: ",") + "]}", 422,
            "1000"),
        Case("2 MB", #"{"tags":[""# + String(repeating: "a", count: 2_000_000) + #""]}"#, 413, ""),
        Case("a form", "tags=a", 415, "application/json", headers: ["Content-Type: application/x-www-form-urlencoded"]),
        Case("a text", #"{"tags":["a"]}"#, 415, "application/json", headers: ["Content-Type: text/plain"]),
        Case("an empty key", #"{"tags":["a"]}"#, 400, "Idempotency-Key", headers: ["Idempotency-Key: "]),
        Case(
            "a long key", #"{"tags":["a"]}"#, 400, "Idempotency-Key",
            headers: ["Idempotency-Key: " + String(repeating: "k", count: 256)]),
    ]

    @Test func badBodiesAreRefusedWithAReasonAndLeaveNothing() throws {
        let gateway = try GatewayFixture()
        for one in Self.cases {
            let answer = try RawHTTP.post(gateway.port, one.body, headers: one.headers)
            #expect(answer.status == one.status, "\(one.testDescription): \(answer)")
            #expect(answer.header("Content-Type") == "application/problem+json", "\(one.testDescription)")
            #expect(answer.int("status") == one.status, "\(one.testDescription)")
            let text = "\(answer.string("title") ?? "") \(answer.string("detail") ?? "")"
            #expect(one.says.isEmpty || text.contains(one.says), "\(one.testDescription): \(text)")
        }
        for topic in TopicCatalogue.all { #expect(try gateway.records(of: topic.name).isEmpty) }
        // And it goes on.
        _ = try gateway.publish()
    }

    @Test func pathsAndMethodsAreTold() throws {
        let cases: [(method: String, target: String, status: Int, allow: String?)] = [
            ("GET", "/", 404, nil), ("POST", "/", 404, nil), ("GET", "/invalidate/x", 405, "DELETE, OPTIONS"),
            ("GET", "//invalidate", 404, nil), ("GET", "/status/a/b", 404, nil),
            ("GET", "/invalidate", 405, "POST, OPTIONS"), ("PUT", "/invalidate", 405, "POST, OPTIONS"),
            ("POST", "/status", 405, "GET, HEAD, OPTIONS"), ("DELETE", "/health/live", 405, "GET, HEAD, OPTIONS"),
            ("OPTIONS", "/invalidate", 204, "POST, OPTIONS"), ("HEAD", "/health/live", 200, nil),
            ("GET", "/status/17", 400, nil), ("GET", "/status?id=", 400, nil), ("GET", "/status/%00", 400, nil),
        ]
        let gateway = try GatewayFixture()
        for one in cases {
            let answer = try RawHTTP.get(gateway.port, one.target, method: one.method)
            #expect(answer.status == one.status, "\(one)")
            #expect(one.allow == nil || answer.header("Allow") == one.allow, "\(one)")
            #expect(one.status < 400 || answer.int("status") == one.status, "\(one)")
            #expect(one.method != "HEAD" || answer.body.isEmpty, "\(one)")
        }
    }

    @Test func typesOfJSONAreTaken() throws {
        let gateway = try GatewayFixture()
        for type in [
            "application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/problem+json",
        ] {
            _ = try gateway.publish(headers: ["Content-Type: \(type)"])
        }
    }

    /// What a header cannot say must not reach one, nor a record.
    @Test func headersCannotBeSmuggledIn() throws {
        let gateway = try GatewayFixture()
        let head = "POST /invalidate HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 14\r\n"
        for evil in ["Idempotency-Key: a\u{1}b", "Idempotency-Key: a\r\n folded: b", "traceparent: 00-\u{7f}"] {
            let answer = try RawHTTP.exchange(
                gateway.port, Array((head + evil + "\r\n\r\n" + #"{"tags":["a"]}"#).utf8))
            #expect(answer.status == 400, "\(evil.debugDescription): \(answer)")
            #expect(answer.header("folded") == nil)
        }
        #expect(try gateway.records(of: TopicName.normal).isEmpty)
        let answer = try RawHTTP.get(gateway.port, "/status/x%0d%0aX-Evil:%201")
        #expect(answer.status == 400)
        #expect(answer.header("X-Evil") == nil)
    }

    /// Bytes changed at random make a good answer or a clear refusal, never a failure.
    @Test(arguments: [UInt64.random(in: .min ... .max)])
    func mutationsNeverBreakIt(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let gateway = try GatewayFixture()
        let sound = Array(#"{"namespace":"shop","tags":["a","b"],"urls":["http://a/"],"mode":"soft"}"#.utf8)
        for round in 0..<300 {
            var body = sound
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<body.count, using: &random)
                switch UInt8.random(in: 0..<3, using: &random) {
                case 0: body[index] = .random(in: .min ... .max, using: &random)
                case 1: body.remove(at: index)
                default: body.insert(.random(in: .min ... .max, using: &random), at: index)
                }
            }
            let status = try RawHTTP.post(gateway.port, body).status
            #expect([202, 400, 422].contains(status), "seed \(seed), round \(round)")
        }
    }
}
