import Foundation
import Gateway
import HTTP
import Invalidations
import TestSupport
import Testing
import TopicCatalogue

/// Tests of batches: each item is published, or refused, as if it had come alone.
@Suite(.timeLimit(.minutes(2)))
struct BatchTests {
    private static let lines = ["Content-Type: application/x-ndjson"]

    @Test func anArrayAndLinesArePublishedItemByItem() throws {
        let gateway = try GatewayFixture()
        let array = try RawHTTP.post(
            gateway.port, #" [ {"tags":["a]\\"]} , {"namespace":"shop","tags":["b[{"],"x":[1,{"y":"],"}]} ] "#)
        #expect(array.status == 202, "\(array)")
        #expect(array.int("accepted") == 2 && array.int("refused") == 0)
        let lines = try RawHTTP.post(
            gateway.port, "{\"tags\":[\"c\"]}\r\n\n  \n{\"namespace\":\"shop\",\"tags\":[\"d\"]}", headers: Self.lines)
        #expect(lines.status == 202, "\(lines)")
        let answers = array.list("items") + lines.list("items")
        #expect(answers.map { $0["status"] as? Int } == [202, 202, 202, 202])
        let ids = answers.compactMap { $0["id"] as? String }
        #expect(answers.map { $0["statusUrl"] as? String } == ids.map { "/status/\($0)" })
        let records = try gateway.records(of: TopicName.normal).map { record in
            try record.value.withUnsafeBytes {
                try InvalidationDecoder().decode(record: $0, time: Timestamp(milliseconds: 0))
            }
        }
        let tags = Dictionary(uniqueKeysWithValues: records.map { ($0.id.text, $0.selectors.tags) })
        #expect(ids.map { tags[$0] } == [["a]\\"], ["b[{"], ["c"], ["d"]])
        #expect(try gateway.metric(#"cachesync_gateway_publications_total{outcome="accepted"}"#) == 4)
    }

    @Test func anItemsFaultIsItsAlone() throws {
        let gateway = try GatewayFixture { $0.publicURL = "https://purge.example" }
        let body = """
            {"tags":["a"]}
            nonsense
            17
            {"tags":"b"}
            {}
            {"tags":["c"],"url":["http://a/"]}
            {"tags":["d"],"x":\(String(repeating: "[", count: 30) + String(repeating: "]", count: 30))}
            {"tags":["e"]}
            """
        let lines = try RawHTTP.post(gateway.port, body, headers: Self.lines)
        #expect(lines.status == 207, "\(lines)")
        #expect(lines.int("accepted") == 3 && lines.int("refused") == 5)
        let items = lines.list("items")
        #expect(items.map { $0["status"] as? Int } == [202, 400, 400, 422, 400, 202, 400, 202])
        #expect(items[3]["field"] as? String == "tags")
        #expect(items[4]["type"] as? String == "https://purge.example/problems/nothing-selected")
        let warnings = items[5]["warnings"] as? [[String: String]]
        #expect(warnings == [["field": "url", "message": "unknown field; did you mean urls?"]])
        #expect(try gateway.records(of: TopicName.normal).count == 3)
        let array = try RawHTTP.post(gateway.port, #"[{"tags":["a"]},null,[1],"x",{"id":"17","tags":["a"]}]"#)
        #expect(array.status == 207)
        #expect(array.list("items").map { $0["status"] as? Int } == [202, 400, 400, 400, 422])
    }

    @Test func aThousandItemsAreTaken() throws {
        let gateway = try GatewayFixture()
        let items = (0..<1_000).map { #"{"tags":["t\#($0)"]}"# }
        let answer = try RawHTTP.post(gateway.port, "[" + items.joined(separator: ",") + "]")
        #expect(answer.status == 202 && answer.int("accepted") == 1_000)
        #expect(Set(answer.list("items").compactMap { $0["id"] as? String }).count == 1_000)
        let more = try RawHTTP.post(gateway.port, items.joined(separator: "\n") + "\n{}", headers: Self.lines)
        #expect(more.status == 413 && more.string("type") == "/problems/batch-too-large")
        #expect(try gateway.records(of: TopicName.normal).count == 1_000)
    }

    @Test func eachItemHasAKeyOfItsOwn() throws {
        let gateway = try GatewayFixture()
        let body = #"[{"tags":["a"]},{"tags":["b"]}]"#
        let key = ["Idempotency-Key: deploy"]
        let first = try RawHTTP.post(gateway.port, body, headers: key)
        let second = try RawHTTP.post(gateway.port, body, headers: key)
        #expect(first.status == 202 && first.body == second.body)
        let (id, _) = try gateway.publish(#"{"tags":["b"]}"#, headers: ["Idempotency-Key: deploy#1"])
        #expect(first.list("items").last?["id"] as? String == id.text)
        let other = try RawHTTP.post(gateway.port, #"[{"tags":["a"]},{"tags":["c"]}]"#, headers: key)
        #expect(other.status == 207 && other.list("items").map { $0["status"] as? Int } == [202, 422])
        #expect(try gateway.records(of: TopicName.normal).count == 2)
        let long = "Idempotency-Key: " + String(repeating: "k", count: 254)
        #expect(try RawHTTP.post(gateway.port, body, headers: [long]).status == 400)
    }

    /// The attributes of an event mean one request.
    @Test func attributesOfAnEventAreNotTheItems() throws {
        let gateway = try GatewayFixture()
        let id = RequestID(at: .now())
        let answer = try RawHTTP.post(
            gateway.port, #"[{"tags":["a"]},{"tags":["b"]}]"#, headers: ["ce-specversion: 1.0", "ce-id: \(id)"])
        #expect(answer.status == 202)
        #expect(!answer.list("items").contains { $0["id"] as? String == id.text })
    }

    @Test func whatFindsNoCapacityIsToldWithATime() throws {
        let gateway = try GatewayFixture {
            $0.pendingMax = 1
            $0.publishTimeout = .milliseconds(700)
        }
        try gateway.setKafka(down: true)
        let answer = try RawHTTP.post(gateway.port, #"[{"tags":["a"]},{"tags":["b"]},{}]"#)
        #expect(answer.status == 207)
        #expect(answer.list("items").map { $0["status"] as? Int } == [503, 503, 400])
        let types = answer.list("items").map { $0["type"] as? String }
        #expect(types == ["/problems/not-acknowledged", "/problems/overloaded", "/problems/nothing-selected"])
        #expect(answer.header("Retry-After") == "5")
        try gateway.setKafka(down: false)
    }
}
