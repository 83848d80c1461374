import Edges
import Foundation
import HTTP
import Invalidations
import TestSupport
import Testing

/// A node as an edge: what the adapter sends is what the node answers.
struct EdgeTests {
    @Test func aWorkersCallsAreCarriedOut() throws {
        let fixture = try CacheFixture()
        let shop = try #require(Namespace("shop"))
        for key in ["a", "b", "url:aHR0cHM6Ly9zaG9wLmV4YW1wbGUvYQ=="] {
            _ = try fixture.post(
                key, "{\"value\":1,\"tags\":[\"\(key.prefix(1))\"],\"staleWhileRevalidate\":60}", "&namespace=shop")
        }
        let expected: [(Selectors, PurgeMode, Int)] = [
            (Selectors(tags: ["a", "none"]), .soft, 1), (Selectors(tags: ["a"]), .hard, 1),
            (Selectors(urls: ["https://shop.example/a"]), .hard, 1), (Selectors(everything: true), .hard, 1),
            (Selectors(prefixes: ["https://shop.example/"]), .hard, 0),
        ]
        for (selectors, mode, count) in expected {
            let outcome = try purge(PurgeBatch(namespace: shop, mode: mode, items: [selectors]), fixture)
            #expect(outcome == .acknowledged(objects: count), "\(selectors)")
        }
    }

    /// A worker asks for what the log has brought already. What was stored in between is newer, and stays.
    @Test func aWorkerThatComesAfterTheLogLeavesWhatWasStoredSince() throws {
        let fixture = try CacheFixture()
        let publisher = try RequestPublisher(fixture.kafka)
        let now = Timestamp.now()
        let request = Invalidation(
            id: RequestID(at: now), namespace: .default, selectors: Selectors(tags: ["t"]), requestedAt: now,
            source: "test")
        _ = try fixture.post("a", "{\"value\":1,\"tags\":[\"t\"]}")
        try publisher.publish(request)
        // One thread applies both: once the second is seen, it has done with the first.
        _ = try fixture.post("b", "{\"value\":1,\"tags\":[\"u\"]}")
        try publisher.finish()
        try eventually("the log has brought it") { try fixture.get("a").status == 404 }
        try publisher.publish(
            Invalidation(
                id: RequestID(at: .now()), namespace: .default, selectors: Selectors(tags: ["u"]), requestedAt: now,
                source: "test"))
        try publisher.finish()
        try eventually("and the next one") { try fixture.get("b").status == 404 }
        _ = try fixture.post("a", "{\"value\":2,\"tags\":[\"t\"]}")
        var batch = PurgeBatch(namespace: .default, mode: .hard, items: [request.selectors])
        batch.requests = [request.id]
        #expect(try purge(batch, fixture) == .acknowledged(objects: 0))
        #expect(try fixture.get("a").status == 200)
        // One that the log has not brought: all is purged.
        batch.requests.append(RequestID(at: now))
        #expect(try purge(batch, fixture) == .acknowledged(objects: 1))
        #expect(try fixture.get("a").status == 404)
        // The same id elsewhere is another request.
        _ = try fixture.post("a", "{\"value\":3,\"tags\":[\"t\"]}", "&namespace=shop")
        batch.namespace = try #require(Namespace("shop"))
        batch.requests = [request.id]
        #expect(try purge(batch, fixture) == .acknowledged(objects: 1))
        let junk = try fixture.send("POST", "/purge", #"{"tags":["t"],"requests":["no id"]}"#)
        #expect(junk.status == 400 && junk.text.contains("requests must be ids"), "\(junk)")
    }

    private func purge(_ batch: PurgeBatch, _ fixture: CacheFixture) throws -> CallOutcome {
        let adapter = CacheNodeAdapter(address: try #require(EdgeAddress("http://127.0.0.1:\(fixture.port)")))
        let call = try #require(adapter.plan(batch).calls.first)
        let path = try #require(URL(string: call.url)?.path)
        let headers = adapter.headers.map { "\($0.name): \($0.value)" }
        let answer = try fixture.send(call.method, path, String(decoding: call.body, as: UTF8.self), headers: headers)
        var response = HTTPClientResponse(status: answer.status)
        response.contentType = answer.header("Content-Type")
        response.body = answer.body
        return adapter.outcome(of: .response(response), for: call)
    }
}
