import Foundation
import Gateway
import Invalidations
import Kafka
import Replays
import TestSupport
import Testing
import TopicCatalogue

/// Orders of runs: what lands on the control topic, and what the client is told.
@Suite(.timeLimit(.minutes(2)))
struct OrderTests {
    @Test func aReplayIsOrderedWithFrozenRangesAndToldAtOnce() throws {
        let gateway = try GatewayFixture()
        try gateway.store([[1], [2], [3]], in: TopicName.normal, 4)
        let answer = try RawHTTP.post(
            gateway.port,
            """
            {"from":"-2h","namespaces":["shop","b*"],"tags":["a"],"urls":["https://*"],"sources":["cms"],
             "priorities":["high"],"selectorKinds":["tags"],"edges":["varnish-1"],"only":"missing","coalesce":true,
             "skipSuperseded":false,"rate":12.5,"window":7,"max":9.0,"reason":"a test","execute":null}
            """, to: "/replays", headers: ["Cache-Sync-Operator: ann@home", "Content-Type: application/json"])
        #expect(answer.status == 202, "\(answer)")
        let id = try #require(answer.string("run"))
        #expect(answer.header("Location") == "/replays/\(id)")
        #expect(answer.string("phase") == "planning" && answer.string("wanted") == "planned")
        let stored = try #require(try gateway.orders().first)
        #expect(stored.run == id && stored.order.version == 1)
        let order = stored.order
        #expect(order.kind == .replay && order.wanted == .planned && order.who == "ann@home" && order.expect == nil)
        #expect(order.reason == "a test")
        let spec = order.spec
        #expect(spec.topics == TopicName.invalidations.sorted())
        #expect(spec.from.count == 36 && spec.until["\(TopicName.normal)/4"] == 3)
        #expect(spec.until["\(TopicName.high)/4"] == 0)
        #expect(spec.namespaces == ["shop", "b*"] && spec.tags == ["a"] && spec.urls == ["https://*"])
        #expect(spec.sources == ["cms"] && spec.priorities == ["high"] && spec.selectorKinds == ["tags"])
        #expect(spec.edges == ["varnish-1"] && spec.only == .missing)
        #expect(spec.coalesce == true && spec.skipSuperseded == false)
        #expect(spec.rate == 12.5 && spec.window == 7 && spec.max == 9)
        #expect(spec.contentFrom == nil && spec.gone == nil)

        let shown = try RawHTTP.get(gateway.port, "/replays/\(id)")
        #expect(shown.status == 200 && shown.object["known"] as? Bool == false)
        #expect((shown.object["order"] as? [String: Any])?["reason"] as? String == "a test")
    }

    @Test func theSameKeyIsTheSameRun() throws {
        let gateway = try GatewayFixture()
        let uuid = RequestID(at: .now()).text
        for (key, isUUID) in [(uuid, true), (uuid.uppercased(), true), ("nightly 7", false), ("nightly 7", false)] {
            let answer = try RawHTTP.post(
                gateway.port, #"{"from":"all"}"#, to: "/replays", headers: ["Idempotency-Key: \(key)"])
            #expect(answer.status == 202, "\(answer)")
            let id = try #require(answer.string("run").flatMap { RequestID($0) })
            #expect((id.text == uuid) == isUUID)
            if !isUUID { #expect((id.high >> 12) & 0xF == 8 && id.low >> 62 == 0b10) }
        }
        let orders = try gateway.orders()
        #expect(orders.count == 2 && Set(orders.map(\.run)).count == 2)
        for key in ["", String(repeating: "k", count: 256)] {
            let answer = try RawHTTP.post(
                gateway.port, #"{"from":"all"}"#, to: "/replays", headers: ["Idempotency-Key: \(key)"])
            #expect(answer.status == 400)
        }
        #expect(try gateway.orders().count == 2)
    }

    @Test func aRedriveReadsTheDeadLettersThatAreNamedOrWereSeen() throws {
        let gateway = try GatewayFixture()
        try gateway.store([[1], [2], [3], [4]], in: TopicName.dead, 2, GatewayFixture.deadHeaders)
        try gateway.store([[1]], in: TopicName.dead, 5, GatewayFixture.deadHeaders)
        func spec(_ body: String, to target: String = "/dead/redrive") throws -> RunSpec {
            let answer = try RawHTTP.post(gateway.port, body, to: target)
            #expect(answer.status == 202, "\(answer)")
            return try #require(try gateway.orders().last).order.spec
        }
        let all = try spec("{}")
        #expect(all.topics == [TopicName.dead] && all.from.count == 12)
        #expect(all.until["\(TopicName.dead)/2"] == 4 && all.until["\(TopicName.dead)/5"] == 1)
        let named = try spec(#"{"deadLetters":["2/1","2/2"],"classes":["permanent"],"releaseQuarantine":true}"#)
        #expect(named.from == ["\(TopicName.dead)/2": 1] && named.until == ["\(TopicName.dead)/2": 3])
        #expect(named.deadLetters == ["2/1", "2/2"] && named.classes == ["permanent"])
        #expect(named.releaseQuarantine == true)
        let seen = try spec(#"{"asOf":"2020-01-01T00:00:00Z"}"#)
        #expect(seen.until["\(TopicName.dead)/2"] == 0)
        let fresh = try spec("{\"asOf\":\"\(Timestamp.now().text)\"}")
        #expect(fresh.until["\(TopicName.dead)/2"] == 4)

        _ = try spec(#"{"reason":"of no use","execute":true}"#, to: "/dead/discard")
        let discard = try #require(try gateway.orders().last).order
        #expect(discard.kind == .discard && discard.wanted == .running && discard.reason == "of no use")
        #expect(discard.who == "operator@127.0.0.1")
    }

    /// Until a runner has counted, nobody knows: the client is told so when its time is over.
    @Test func anExpectedNumberIsPartOfTheOrder() throws {
        let gateway = try GatewayFixture { $0.countWait = .milliseconds(200) }
        let answer = try RawHTTP.post(gateway.port, #"{"execute":true,"expect":0}"#, to: "/dead/redrive")
        #expect(answer.status == 202 && answer.string("phase") == "planning", "\(answer)")
        let order = try #require(try gateway.orders().last).order
        #expect(order.wanted == .running && order.expect == 0)
    }

    @Test func contentThatTheLogDoesNotReachBackToIsRefused() throws {
        let gateway = try GatewayFixture()
        // More than a partition of the embedded cluster holds.
        var random = SeededGenerator(seed: 1)
        let values = (0..<8).map { _ in (0..<900_000).map { _ in UInt8.random(in: .min ... .max, using: &random) } }
        try gateway.store(values, in: TopicName.low, 1)
        let answer = try RawHTTP.post(gateway.port, #"{"contentFrom":"-3h"}"#, to: "/replays")
        #expect(answer.status == 409, "\(answer)")
        #expect(answer.header("Retry-After") == nil)
        #expect(answer.string("detail")?.contains("Purge everything") == true)
        #expect(answer.string("detail")?.contains(TopicName.low) == true, "\(answer)")
        #expect(try gateway.orders().isEmpty)

        let partial = try RawHTTP.post(gateway.port, #"{"from":"-3h"}"#, to: "/replays")
        #expect(partial.status == 202)
        #expect(try #require(try gateway.orders().last).order.spec.gone?.count == 1)
    }
}
