import Foundation
import Gateway
import Invalidations
import TestSupport
import Testing
import TopicCatalogue

/// `POST /invalidate?plan=true` says what a body would come to, and publishes nothing.
@Suite(.timeLimit(.minutes(2)))
struct PlanTests {
    private static let edges: [EdgeProfile] = {
        var hard = EdgeProfile(
            name: "nginx-1", accepts: [.urls], unsupported: .skip, singleCallKinds: .urls,
            limits: EdgeLimits(requests: Rate(perSecond: 2)))
        hard.purgesSoftly = false
        return [
            EdgeProfile(name: "varnish-1", callItemsMax: 2), hard,
            EdgeProfile(name: "strict-1", namespaces: [.exactly("shop")], accepts: [.tags]),
        ]
    }()

    private func plan(_ body: String, headers: [String] = []) throws -> RawAnswer {
        let gateway = try GatewayFixture { $0.edges = Self.edges }
        let answer = try RawHTTP.post(gateway.port, body, to: "/invalidate?plan=true", headers: headers)
        #expect(try gateway.records(of: TopicName.normal).isEmpty && gateway.records(of: TopicName.low).isEmpty)
        return answer
    }

    private func edges(_ answer: RawAnswer) -> [String: [String: Any]] {
        Dictionary(answer.list("edges").map { ($0["edge"] as? String ?? "", $0) }) { first, _ in first }
    }

    @Test func aRequestIsPlannedForEveryEdge() throws {
        let answer = try plan(
            #"{"namespace":"shop","mode":"soft","tags":["a","b","c"],"urls":["http://a/1","http://a/2"],"url":["x"]}"#)
        #expect(answer.status == 200, "\(answer)")
        #expect(answer.object["plan"] as? Bool == true && answer.int("requests") == 1 && answer.int("refused") == 0)
        let edges = edges(answer)
        #expect(edges["varnish-1"]?["calls"] as? Int == 3, "five items, two a call")
        #expect(edges["varnish-1"]?["softAsHard"] as? Int == 0 && edges["varnish-1"]?["seconds"] == nil)
        #expect(edges["nginx-1"]?["calls"] as? Int == 2 && edges["nginx-1"]?["softAsHard"] as? Int == 1)
        #expect(edges["nginx-1"]?["seconds"] as? Double == 1 && answer.object["seconds"] as? Double == 1)
        #expect(
            edges["nginx-1"]?["selectors"] as? [String: Int] == ["tags": 0, "urls": 2, "prefixes": 0, "everything": 0])
        #expect(edges["strict-1"]?["deadLetters"] as? Int == 1 && edges["strict-1"]?["calls"] as? Int == 1)
        #expect(answer.int("calls") == 6)
        let warnings = answer.list("items").first?["warnings"] as? [[String: String]]
        #expect(warnings?.first?["field"] == "url")
    }

    @Test func aBatchSharesItsCalls() throws {
        let answer = try plan(
            """
            [{"tags":["a","b"]},{"tags":["b"]},{"priority":"low","tags":["a"]},{"tags":[]},{"namespace":"a/b"},
            {"namespace":"blog","everything":true,"tags":["x"],"notBefore":"2020-01-01T00:00:00Z"}]
            """)
        #expect(answer.status == 200, "\(answer)")
        #expect(answer.int("requests") == 4 && answer.int("refused") == 2)
        let edges = edges(answer)
        // Two tags of normal priority in one call, one of low, and everything of the other namespace.
        #expect(edges["varnish-1"]?["calls"] as? Int == 3 && edges["varnish-1"]?["requests"] as? Int == 4)
        #expect(edges["nginx-1"]?["calls"] as? Int == 0 && edges["nginx-1"]?["skipped"] as? Int == 4)
        #expect(edges["strict-1"] == nil, "it serves none of the namespaces")
        let items = answer.list("items")
        #expect(items.map { $0["status"] as? Int } == [200, 200, 200, 400, 422, 200])
        #expect(items[5]["notBefore"] as? String == "2020-01-01T00:00:00.000Z")
    }

    @Test func whatWouldBeRefusedIsRefused() throws {
        #expect(try plan(#"{"tags":[]}"#).status == 400)
        #expect(try plan("[").status == 400)
        let badKey = ["Idempotency-Key: \(String(repeating: "k", count: 1_000))"]
        #expect(try plan(#"{"tags":["a"]}"#, headers: badKey).string("type") == "/problems/invalid-idempotency-key")
        let gateway = try GatewayFixture()
        let odd = try RawHTTP.post(gateway.port, #"{"tags":["a"]}"#, to: "/invalidate?plan=maybe")
        #expect(odd.status == 400 && odd.string("parameter") == "plan", "\(odd)")
        #expect(try RawHTTP.post(gateway.port, #"{"tags":["a"]}"#, to: "/invalidate?plan=false").status == 202)
        #expect(try gateway.records(of: TopicName.normal).count == 1)
    }
}
