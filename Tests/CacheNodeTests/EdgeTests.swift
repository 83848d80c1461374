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
        let adapter = CacheNodeAdapter(
            address: try #require(EdgeAddress("http://127.0.0.1:\(fixture.port)")))
        let expected: [(Selectors, PurgeMode, Int)] = [
            (Selectors(tags: ["a", "none"]), .soft, 1), (Selectors(tags: ["a"]), .hard, 1),
            (Selectors(urls: ["https://shop.example/a"]), .hard, 1), (Selectors(everything: true), .hard, 1),
            (Selectors(prefixes: ["https://shop.example/"]), .hard, 0),
        ]
        for (selectors, mode, count) in expected {
            let plan = adapter.plan(PurgeBatch(namespace: shop, mode: mode, items: [selectors]))
            let call = try #require(plan.calls.first)
            let path = try #require(URL(string: call.url)?.path)
            let headers = adapter.headers.map { "\($0.name): \($0.value)" }
            let answer = try fixture.send(
                call.method, path, String(decoding: call.body, as: UTF8.self), headers: headers)
            var response = HTTPClientResponse(status: answer.status)
            response.contentType = answer.header("Content-Type")
            response.body = answer.body
            #expect(
                adapter.outcome(of: .response(response), for: call) == .acknowledged(objects: count), "\(selectors)")
        }
    }
}
