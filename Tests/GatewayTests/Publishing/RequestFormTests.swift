import Foundation
import Gateway
import Invalidations
import TestSupport
import Testing
import TopicCatalogue

/// The forms in which people and programs send requests: each is read for what it means, or refused with the reason.
@Suite(.timeLimit(.minutes(2)))
struct RequestFormTests {
    private func published(_ gateway: GatewayFixture) throws -> [Invalidation] {
        try gateway.records(of: TopicName.normal).map { record in
            try record.value.withUnsafeBytes {
                try InvalidationDecoder().decode(record: $0, time: Timestamp(milliseconds: 0))
            }
        }
    }

    @Test func urlsArePublishedInTheFormThatCachesKnow() throws {
        let gateway = try GatewayFixture()
        _ = try gateway.publish(
            #"{"urls":["HTTPS://bücher.example/café?q=ü"],"prefixes":["https://bücher.example/ü"]}"#)
        let record = try #require(try published(gateway).first)
        #expect(record.selectors.urls == ["https://xn--bcher-kva.example/caf%C3%A9?q=%C3%BC"])
        #expect(record.selectors.prefixes == ["https://xn--bcher-kva.example/%C3%BC"])
    }

    @Test func eventsAreRead() throws {
        let gateway = try GatewayFixture()
        let id = RequestID(at: .now())
        let data = #"{"namespace":"shop","tags":["a"]}"#
        let structured = try gateway.publish(
            #"{"specversion":"1.0","type":"stale","source":"/catalog","id":"\#(id)","data":\#(data)}"#,
            headers: ["Content-Type: application/cloudevents+json; charset=utf-8"])
        #expect(structured.0 == id)
        let other = RequestID(at: .now())
        let binary = try gateway.publish(
            data, headers: ["ce-specversion: 1.0", "ce-id: \(other)", "ce-type: stale", "ce-source: /catalog"])
        #expect(binary.0 == other)
        let records = try published(gateway)
        #expect(Set(records.map(\.id)) == [id, other])
        #expect(records.allSatisfy { $0.namespace.name == "shop" && $0.source == "/catalog" })
    }

    @Test func whenItWasRequestedIsNotWhenItWasTaken() throws {
        let gateway = try GatewayFixture()
        let asked = Timestamp.now() + -3_600_000
        let (id, _) = try gateway.publish(#"{"tags":["a"],"requestedAt":"\#(asked)"}"#)
        #expect(try published(gateway).first?.requestedAt == asked)
        let status = try RawHTTP.get(gateway.port, "/status/\(id)")
        #expect(status.string("requestedAt") == asked.text)
        let updated = try #require(status.string("updatedAt").flatMap { Timestamp($0) })
        #expect(updated > asked + 3_500_000)
    }

    @Test func anOwnIDMakesARequestThatMayBeSentAgain() throws {
        let gateway = try GatewayFixture()
        let body = #"{"id":"\#(RequestID(at: .now()))","tags":["a"]}"#
        let (id, first) = try gateway.publish(body)
        #expect(body.contains(id.text))
        let (repeated, second) = try gateway.publish(body)
        #expect(repeated == id && first.body == second.body)
        #expect(try gateway.records(of: TopicName.normal).count == 1)
        let other = try RawHTTP.post(gateway.port, #"{"id":"\#(id)","tags":["b"]}"#)
        #expect(other.status == 422 && other.string("detail")?.contains("id was used with another body") == true)
        #expect(try RawHTTP.get(gateway.port, "/status/\(id)").string("status") == "queued")
    }

    @Test func aNamespaceThatNoEdgeServesIsRefused() throws {
        let gateway = try GatewayFixture {
            $0.edges = [
                EdgeProfile(name: "a", namespaces: [.exactly("shop"), .prefix("blog-")]),
                EdgeProfile(name: "b", namespaces: [.exactly("media")], accepts: [.urls], unsupported: .skip),
            ]
        }
        for body in [
            #"{"tags":["a"]}"#, #"{"namespace":"shpo","tags":["a"]}"#, #"{"namespace":"blog","everything":true}"#,
        ] {
            let answer = try RawHTTP.post(gateway.port, body)
            #expect(answer.status == 422 && answer.string("title") == "Unserved namespace", "\(answer)")
            #expect(answer.string("detail")?.contains("blog-*, media, shop") == true, "\(answer)")
            #expect(answer.object["served"] as? [String] == ["blog-*", "media", "shop"])
        }
        let kinds = try RawHTTP.post(gateway.port, #"{"namespace":"media","tags":["a"]}"#)
        #expect(kinds.status == 422)
        #expect(kinds.string("detail")?.contains("can purge tags; publish urls for it") == true, "\(kinds)")
        #expect(try gateway.records(of: TopicName.normal).isEmpty)
        for body in [#"{"namespace":"blog-1","tags":["a"]}"#, #"{"namespace":"media","urls":["http://a/"]}"#] {
            _ = try gateway.publish(body)
        }
    }

    @Test func unknownParametersAreRefused() throws {
        let gateway = try GatewayFixture()
        let id = RequestID(at: .now())
        let cases = [
            ("GET", "/status?sate=failed", "known here are id, wait, namespace, state, since, until"),
            ("GET", "/status?page=2", "known here are id"), ("GET", "/status/\(id)?timeout=3", "known here are wait"),
            ("POST", "/invalidate?namespace=shop", "known here are plan"),
            ("GET", "/status?state=failed&state=queued", "must be given once"),
        ]
        for (method, target, words) in cases {
            let body = Array(#"{"tags":["a"]}"#.utf8)
            let answer =
                method == "GET"
                ? try RawHTTP.get(gateway.port, target) : try RawHTTP.post(gateway.port, body, to: target)
            #expect(answer.status == 400, "\(target): \(answer)")
            #expect(answer.string("detail")?.contains(words) == true, "\(target): \(answer)")
            #expect(answer.string("parameter") != nil, "\(target)")
        }
        // A balancer's probe may carry what it likes.
        #expect(try RawHTTP.get(gateway.port, "/health/live?probe=7").status == 200)
        #expect(try gateway.records(of: TopicName.normal).isEmpty)
    }

    @Test func aCodedBodyIsRefusedBeforeItIsRead() throws {
        let gateway = try GatewayFixture()
        for coding in ["gzip", "br", "identity, gzip", "deflate"] {
            let answer = try RawHTTP.exchange(
                gateway.port,
                Array(
                    "POST /invalidate HTTP/1.1\r\nHost: h\r\nContent-Encoding: \(coding)\r\nContent-Length: 900\r\n\r\n"
                        .utf8))
            #expect(answer.status == 415, "\(coding)")
            #expect(answer.string("detail")?.contains("Content-Encoding") == true)
        }
        _ = try gateway.publish(headers: ["Content-Encoding: identity"])
    }
}
