import Foundation
import Gateway
import TestSupport
import Testing

/// Tests of warnings: fields that look like misspelt ones are named in the answer.
@Suite(.timeLimit(.minutes(2)))
struct WarningTests {
    @Test func misspeltFieldsAreNamed() throws {
        let gateway = try GatewayFixture()
        let cases: [(field: String, meant: String)] = [
            ("tag", "tags"), ("url", "urls"), ("namspace", "namespace"), ("Tags", "tags"), ("prefix", "prefixes"),
            ("expire", "expiresAt"), ("priorty", "priority"), ("every_thing", "everything"),
        ]
        for (field, meant) in cases {
            let (_, answer) = try gateway.publish("{\"urls\":[\"http://a/\"],\"\(field)\":[\"x\"]}")
            let warnings = answer.object["warnings"] as? [[String: String]]
            #expect(warnings == [["field": field, "message": "unknown field; did you mean \(meant)?"]], "\(field)")
        }
    }

    @Test func otherFieldsAreNot() throws {
        let gateway = try GatewayFixture()
        for field in ["region", "comment", "x", "", "meta", "source", "mode"] {
            let value = field == "mode" ? "soft" : "x"
            let (_, answer) = try gateway.publish("{\"tags\":[\"a\"],\"\(field)\":\"\(value)\"}")
            #expect(answer.object["warnings"] == nil, "\(field)")
        }
    }

    @Test func aRepeatIsWarnedLikeTheFirst() throws {
        let gateway = try GatewayFixture()
        let answers = try (0..<2).map { _ in
            try gateway.publish(#"{"tags":["a"],"tag":["b"]}"#, headers: ["Idempotency-Key: k"]).1
        }
        #expect(answers[0].body == answers[1].body && answers[0].list("warnings").count == 1)
    }
}
