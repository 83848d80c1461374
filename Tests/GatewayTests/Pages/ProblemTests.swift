import Foundation
import Gateway
import Invalidations
import TestSupport
import Testing

/// Tests of problems: each has a kind, and each kind has a page.
@Suite(.timeLimit(.minutes(2)))
struct ProblemTests {
    /// The kinds that the gateway lists.
    private static func kinds(_ gateway: GatewayFixture) throws -> [String] {
        let answer = try RawHTTP.get(gateway.port, "/problems")
        #expect(answer.status == 200)
        return answer.text.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
    }

    @Test func eachKindHasAPage() throws {
        let gateway = try GatewayFixture()
        let kinds = try Self.kinds(gateway)
        #expect(kinds.count >= 38 && Set(kinds).count == kinds.count)
        var texts: Set<String> = []
        for kind in kinds {
            let text = try RawHTTP.get(gateway.port, kind)
            #expect(text.status == 200 && text.header("Content-Type") == "text/plain; charset=utf-8", "\(kind)")
            #expect(text.text.contains("What to do: "), "\(kind)")
            #expect(texts.insert(text.text).inserted, "\(kind)")
            let page = try RawHTTP.get(gateway.port, kind, headers: ["Accept: text/html,application/xml;q=0.9"])
            #expect(page.status == 200 && page.header("Content-Type") == "text/html; charset=utf-8", "\(kind)")
        }
        let list = try RawHTTP.get(gateway.port, "/problems", headers: ["Accept: text/html"])
        #expect(kinds.allSatisfy { list.text.contains("href=\"\($0)\"") })
        #expect(try RawHTTP.get(gateway.port, "/problems/nothing-of-the-kind").status == 404)
    }

    @Test func refusalsNameTheirKind() throws {
        let gateway = try GatewayFixture()
        let run = "/replays/0190a1b2-0000-7000-8000-000000000000"
        let answers: [(kind: String, answer: RawAnswer)] = [
            ("malformed-json", try RawHTTP.post(gateway.port, "x")),
            ("malformed-json", try RawHTTP.post(gateway.port, "x", to: "/replays")),
            ("nothing-selected", try RawHTTP.post(gateway.port, "{}")),
            ("invalid-field", try RawHTTP.post(gateway.port, #"{"tags":1}"#)),
            ("invalid-field", try RawHTTP.post(gateway.port, "{}", to: "/replays")),
            ("empty-batch", try RawHTTP.post(gateway.port, "[]")),
            ("unsupported-type", try RawHTTP.post(gateway.port, "{}", headers: ["Content-Type: text/plain"])),
            (
                "unsupported-type",
                try RawHTTP.post(
                    gateway.port, "{}", to: "/replays", headers: ["Content-Type: application/x-ndjson"])
            ),
            ("unsupported-coding", try RawHTTP.post(gateway.port, "{}", headers: ["Content-Encoding: gzip"])),
            (
                "invalid-idempotency-key",
                try RawHTTP.post(
                    gateway.port, #"{"tags":["a"]}"#, headers: ["Idempotency-Key: "])
            ),
            ("unknown-request", try RawHTTP.get(gateway.port, "/status/0190a1b2-0000-7000-8000-000000000000")),
            ("malformed-id", try RawHTTP.get(gateway.port, "/status/17")),
            ("invalid-parameter", try RawHTTP.get(gateway.port, "/status?limit=0")),
            ("invalid-parameter", try RawHTTP.get(gateway.port, "/status?wait=null")),
            (
                "invalid-parameter",
                try RawHTTP.get(gateway.port, "/status?id=0190a1b2-0000-7000-8000-000000000000&limit=")
            ),
            ("unknown-parameter", try RawHTTP.get(gateway.port, "/status?x=0")),
            ("not-found", try RawHTTP.get(gateway.port, "/x")),
            ("method-not-allowed", try RawHTTP.get(gateway.port, "/invalidate")),
            ("unknown-run", try RawHTTP.get(gateway.port, run)),
            (
                "invalid-operator",
                try RawHTTP.patch(
                    gateway.port, "{}", to: run, headers: ["Cache-Sync-Operator: "])
            ),
            ("invalid-parameter", try RawHTTP.get(gateway.port, "/dead?group=edge&deadLetters=x")),
            ("malformed-dead-letter", try RawHTTP.get(gateway.port, "/dead/x/y")),
            ("unknown-dead-letter", try RawHTTP.get(gateway.port, "/dead/0/7")),
            // By the server itself, before there is a route.
            ("malformed-request", try RawHTTP.get(gateway.port, "/status/%zz")),
            ("target-too-long", try RawHTTP.get(gateway.port, "/\(String(repeating: "x", count: 10_000))")),
        ]
        let kinds = Set(try Self.kinds(gateway))
        for (kind, answer) in answers {
            #expect(answer.string("type") == "/problems/\(kind)", "\(kind): \(answer)")
            #expect(kinds.contains("/problems/\(kind)") && answer.status >= 400)
        }
    }

    @Test func tokensAreAskedForByKind() throws {
        let gateway = try GatewayFixture { $0.tokens = ["publisher"] }
        let stranger = try RawHTTP.post(gateway.port, "{}")
        #expect(stranger.string("type") == "/problems/token-needed")
        let publisher = try RawHTTP.get(gateway.port, "/dead", headers: ["Authorization: Bearer publisher"])
        #expect(publisher.string("type") == "/problems/no-operator-token")
        // The pages are for those who were refused.
        #expect(try RawHTTP.get(gateway.port, "/problems/token-needed").status == 200)
        #expect(try RawHTTP.get(gateway.port, "/openapi.json").status == 200)
    }

    @Test func kindsBeginWithThePublicAddress() throws {
        let gateway = try GatewayFixture { $0.publicURL = "https://purge.example/cache/" }
        let base = "https://purge.example/cache/problems/"
        #expect(try RawHTTP.post(gateway.port, "{}").string("type") == base + "nothing-selected")
        #expect(try RawHTTP.get(gateway.port, "/x").string("type") == base + "not-found")
        #expect(try RawHTTP.get(gateway.port, "/problems").text.hasPrefix(base))
    }
}
