import Foundation
import Gateway
import Invalidations
import Kafka
import TestSupport
import Testing
import TopicCatalogue

/// Tests of publishing over HTTP.
@Suite(.timeLimit(.minutes(2)))
struct PublishTests {
    @Test(arguments: ["/invalidate", "/invalidate/"])
    func aRequestIsAcceptedOnceKafkaHasIt(path: String) throws {
        let gateway = try GatewayFixture()
        let answer = try RawHTTP.post(
            gateway.port, #"{"namespace":"shop","tags":["product-42"],"urls":["https://shop.example/p/42"]}"#, to: path,
            headers: ["Content-Type: application/json"])
        #expect(answer.status == 202)
        #expect(answer.string("status") == "queued")
        #expect(answer.int("progress") == 0)
        #expect(answer.int("totalEdges") == 3)
        #expect(answer.int("completedEdges") == 0)
        #expect(answer.list("errors").isEmpty)
        let id = try #require(answer.string("id"))
        #expect(RequestID(id)?.time != nil)
        #expect(answer.string("statusUrl") == "/status/\(id)")
        #expect(answer.header("Location") == "/status/\(id)")
    }

    @Test(arguments: [("high", TopicName.high), ("normal", TopicName.normal), ("low", TopicName.low)])
    func theRecordsSayWhatWasAsked(priority: String, topic: String) throws {
        let gateway = try GatewayFixture()
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let (id, _) = try gateway.publish(
            #"{"namespace":"shop","tags":["a","b"],"mode":"soft","priority":"\#(priority)","source":"test","x":1}"#,
            headers: ["traceparent: \(parent)"])
        let records = try gateway.records(of: topic)
        let record = try #require(records.first)
        #expect(records.count == 1)
        #expect(record.key == "shop")
        #expect(record.headers == [KafkaHeader("traceparent", parent)])
        let invalidation = try record.value.withUnsafeBytes {
            try InvalidationDecoder().decode(record: $0, time: Timestamp(milliseconds: 0))
        }
        #expect(invalidation.id == id)
        #expect(invalidation.selectors == Selectors(tags: ["a", "b"]))
        #expect(invalidation.mode == .soft)
        #expect(invalidation.source == "test")
        #expect(invalidation.requestedAt == id.time)
        // That it is queued follows from its record: nothing else is written.
        #expect(try gateway.records(of: TopicName.progress).isEmpty)
    }

    /// Its worker will say of each of them that nothing is left to be purged.
    @Test func aCancellationConcernsEveryEdgeOfTheNamespace() throws {
        let gateway = try GatewayFixture()
        let cancelled = RequestID(at: .now())
        let (id, answer) = try gateway.publish(#"{"namespace":"shop","cancels":"\#(cancelled)"}"#)
        #expect(answer.string("status") == "queued" && answer.int("totalEdges") == 3)
        let record = try #require(try gateway.records(of: TopicName.normal).first)
        let invalidation = try record.value.withUnsafeBytes {
            try InvalidationDecoder().decode(record: $0, time: Timestamp(milliseconds: 0))
        }
        #expect(invalidation.id == id && invalidation.cancels == cancelled && invalidation.selectors.isEmpty)
        let status = try RawHTTP.get(gateway.port, "/status/\(id)")
        #expect(status.list("edges").map { $0["edge"] as? String } == ["nginx-1", "shop-only", "varnish-1"])
    }

    @Test func aRequestSaysHowLongItWaits() throws {
        let gateway = try GatewayFixture()
        let notBefore = Timestamp(milliseconds: Timestamp.now().milliseconds / 1_000 * 1_000 + 60_000)
        let (_, answer) = try gateway.publish(#"{"tags":["a"],"notBefore":"\#(notBefore)"}"#)
        #expect(answer.string("notBefore") == notBefore.text && answer.string("status") == "queued", "\(answer)")
        let record = try #require(try gateway.records(of: TopicName.normal).first)
        let invalidation = try record.value.withUnsafeBytes {
            try InvalidationDecoder().decode(record: $0, time: .now())
        }
        #expect(invalidation.notBefore == notBefore)
        // The view says it, too.
        try gateway.foldPublications()
        let status = try RawHTTP.get(gateway.port, "/status/\(invalidation.id)")
        #expect(status.string("notBefore") == notBefore.text && status.string("asOf") != nil, "\(status)")
        let listed = try RawHTTP.get(gateway.port, "/status").list("requests").first
        #expect(listed?["notBefore"] as? String == notBefore.text)
    }

    @Test func anAcceptedRequestIsFoundAtOnce() throws {
        let gateway = try GatewayFixture()
        for _ in 0..<20 {
            let (id, _) = try gateway.publish(#"{"urls":["https://a.example/"]}"#)
            for target in ["/status/\(id)", "/status/\(id)/", "/status?id=\(id)", "/status/?id=\(id)"] {
                let answer = try RawHTTP.get(gateway.port, target)
                #expect(answer.status == 200)
                #expect(answer.string("id") == id.text)
                #expect(answer.string("status") == "queued")
                #expect(answer.int("totalEdges") == 2)
                #expect(answer.list("edges").map { $0["state"] as? String } == ["queued", "queued"])
            }
        }
    }

    @Test func anotherGatewaySaysQueuedForAnIdThatTheViewHasNotSeen() throws {
        let gateway = try GatewayFixture()
        let answer = try RawHTTP.get(gateway.port, "/status/\(RequestID(at: .now()))")
        #expect(answer.status == 200)
        #expect(answer.string("status") == "queued")
        let old = try RawHTTP.get(gateway.port, "/status/0190a1b2-0000-7000-8000-000000000000")
        #expect(old.status == 404)
        #expect(old.string("title") == "Unknown request")
    }

    @Test func addressesBeginWithThePublicOne() throws {
        let gateway = try GatewayFixture { $0.publicURL = "https://purge.example/" }
        let (id, answer) = try gateway.publish()
        #expect(answer.string("statusUrl") == "https://purge.example/status/\(id)")
        #expect(answer.header("Location") == "https://purge.example/status/\(id)")
    }

    @Test func manyClientsAtOnceEachGetTheirOwnId() throws {
        let gateway = try GatewayFixture()
        let calls = try (0..<16).map { client in
            try Background {
                try (0..<25).map { try gateway.publish(#"{"namespace":"n\#(client)","tags":["t\#($0)"]}"#).0 }
            }
        }
        let ids = try calls.flatMap { try $0.value() }
        #expect(Set(ids).count == 400)
        #expect(Set(try gateway.records(of: TopicName.normal).map(\.key)).count == 16)
    }
}
