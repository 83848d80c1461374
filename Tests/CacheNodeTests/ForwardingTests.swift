import CacheNode
import Foundation
import Gateway
import HTTP
import Runtime
import TestSupport
import Testing

/// Nodes that ask the owner of a key in the name of their client.
@Suite(.serialized, .enabled(if: DurableFixture.isAvailable, DurableFixture.missing))
struct ForwardingTests {
    private static let token = NodePair.token
    private static let keys = NodePair.keys

    /// What the owner holds compressed goes through as it is to a client that takes it.
    private static func expectTheOwnersForm(_ pair: NodePair) throws {
        let (owner, other) = try pair.apart("k1")
        let value = "\"\(String(repeating: "x", count: 20_000))\""
        #expect(try other.post("k1", "{\"value\":\(value)}", headers: token).status == 200)
        for field in ["zstd", "gzip", "identity;q=0", "zstd;q=0"] {
            let headers = token + ["Accept-Encoding: \(field)"]
            let (direct, forwarded) = (try owner.get("k1", headers: headers), try other.get("k1", headers: headers))
            for name in ["Content-Encoding", "ETag", "Vary"] {
                #expect(direct.header(name) == forwarded.header(name), "\(field): \(name)")
            }
            #expect(direct.status == forwarded.status && direct.body == forwarded.body, "\(field): \(forwarded)")
            #expect((forwarded.header("Content-Encoding") == "zstd") == (field == "zstd"), "\(field)")
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func eachNodeAnswersForAllKeys() throws {
        let pair = try NodePair("forward")
        for (number, key) in Self.keys.enumerated() {
            let (owner, other) = try pair.apart(key)
            let stored = try other.post(
                key, "{\"value\":{\"n\": \(number)},\"tags\":[\"t\"]}", headers: Self.token + ["If-None-Match: *"])
            #expect(stored.status == 200 && stored.header("Cache-Durability") == "log", "\(stored)")
            for node in [owner, other] {
                let read = try node.get(key, headers: Self.token)
                #expect(read.status == 200 && read.text == "{\"n\": \(number)}", "\(read)")
                #expect(read.header("ETag") == stored.header("ETag") && read.header("Cache-Groups") == "\"t\"")
            }
            let tag = try #require(stored.header("ETag"))
            #expect(try other.get(key, headers: Self.token + ["If-None-Match: \(tag)"]).status == 304)
            let head = try other.get(key, method: "HEAD", headers: Self.token)
            #expect(head.status == 200 && head.body.isEmpty && head.header("ETag") == tag)
            #expect(try other.post(key, "{\"value\":0}", headers: Self.token + ["If-None-Match: *"]).status == 412)
        }
        try Self.expectTheOwnersForm(pair)
        let (owner, other) = try pair.apart("k0")
        // A client may come by way of another node with the write that it sends again.
        let headers = Self.token + ["Idempotency-Key: once"]
        #expect(try owner.post("k0", "{\"value\":1}", headers: headers).status == 200)
        #expect(try other.post("k0", "{\"value\":2}", headers: Self.token).status == 200)
        #expect(try other.post("k0", "{\"value\":1}", headers: headers).status == 200)
        #expect(try owner.get("k0", headers: Self.token).text == "2")
        #expect(try other.delete("k0", headers: Self.token).status == 200)
        #expect(try other.get("k0", headers: Self.token).status == 404)
        #expect(other.metrics.exposition().contains("cachesync_cache_forwarded_total{outcome=\"answered\"}"))
        // The whole URL, as a proxy would say it.
        let whole = try other.send("DELETE", "http://test/cache?key=k0", "", headers: Self.token)
        #expect(whole.status == 200, "\(whole)")
    }

    /// What nodes say to each other opens nothing.
    @Test(.timeLimit(.minutes(2)))
    func theFieldOfNodesOpensNothing() throws {
        let pair = try NodePair("hostile")
        let (owner, other) = try pair.apart("k1")
        for node in [owner, other] {
            for headers in [
                ["Cache-Peer: 1"], ["Cache-Peer: 1", "Authorization: Bearer guessed-token-0123456789"], [],
            ] {
                #expect(try node.get("k1", headers: headers).status == 401)
                #expect(try node.post("k1", "{\"value\":1}", headers: headers).status == 401)
            }
        }
        let passedOn = try other.get("k1", headers: Self.token + ["Cache-Peer: 1"])
        #expect(passedOn.status == 421 && passedOn.header("Location") == nil)
        #expect(try other.post("k1", "{\"value\":1}", headers: Self.token + ["Cache-Peer: x"]).status == 421)
        let batch = try other.send(
            "POST", "/cache/batch", "[{\"op\":\"get\",\"key\":\"k1\"},{\"op\":\"set\",\"key\":\"k1\",\"value\":1}]",
            headers: Self.token + ["Cache-Peer: 1"])
        #expect(batch.list("results").map { $0["status"] as? Int } == [421, 421])
        #expect(try owner.get("k1", headers: Self.token).status == 404, "nothing was written")
        let order = try other.send(
            "POST", "/cache/rollout?namespace=shop", "{\"phase\":\"off\"}", headers: Self.token + ["Cache-Peer: 1"])
        #expect(order.status == 400, "\(order)")
    }

    @Test(.timeLimit(.minutes(2)))
    func aBatchIsSplitByOwners() throws {
        let pair = try NodePair("split")
        let sets = Self.keys.map { "{\"op\":\"set\",\"key\":\"\($0)\",\"value\":\"\($0)\",\"tags\":[\"t\"]}" }
        let gets = Self.keys.map { "{\"op\":\"get\",\"key\":\"\($0)\"}" }
        let more = [
            "{\"op\":\"get\"}", "{\"op\":\"invalidate\",\"tags\":[\"t\"]}",
            "{\"op\":\"set\",\"key\":\"k0\",\"value\":1,\"ifMatch\":\"\\\"no\\\"\"}",
            "{\"op\":\"set\",\"key\":\"k1\",\"value\":1,\"ifNoneMatch\":\"*\"}",
            "{\"op\":\"delete\",\"key\":\"k2\"}", "{\"op\":\"get\",\"key\":\"k2\"}",
        ]
        for node in pair.nodes {
            let answer = try node.send(
                "POST", "/cache/batch", "[\((sets + gets + more).joined(separator: ","))]", headers: Self.token)
            #expect(answer.status == 200 && answer.header("Cache-Durability") == "log", "\(answer)")
            let results = answer.list("results")
            try #require(results.count == 30)
            #expect(results[..<12].allSatisfy { $0["status"] as? Int == 200 && $0["success"] as? Bool == true })
            #expect(results[12..<24].map { $0["value"] as? String } == Self.keys)
            #expect(results[24...].map { $0["status"] as? Int } == [400, 200, 412, 412, 200, 404], "\(answer.text)")
            #expect(results[25]["invalidated"] as? Int == 12, "writes before the invalidation come before it")
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func anOwnerThatIsAwayIsSaid() throws {
        let pair = try NodePair("away", address: "http://127.0.0.1:\(try freePort())")
        let key = try #require(try Self.keys.first { try pair.owns(pair.nodes[0], $0) })
        let other = pair.nodes[1]
        for answer in [
            try other.get(key, headers: Self.token), try other.post(key, "{\"value\":1}", headers: Self.token),
        ] {
            #expect(answer.status == 503 && answer.header("Retry-After") == "1", "\(answer)")
            #expect(answer.text.contains("does not answer"))
        }
        let batch = try other.send(
            "POST", "/cache/batch", "[{\"op\":\"get\",\"key\":\"\(key)\"}]", headers: Self.token)
        #expect(batch.list("results").map { $0["status"] as? Int } == [503])
    }
}
