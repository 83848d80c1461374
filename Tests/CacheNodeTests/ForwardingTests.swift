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
    private static let token = ["Authorization: Bearer cache-token-0123456789"]
    private static let keys = (0..<12).map { "k\($0)" }

    /// Two nodes that ask for a token, each owning some keys.
    private struct Pair {
        let fixture: DurableFixture
        let nodes: [CacheFixture]

        /// - Parameter address: of the first node, as the other one hears of it; nil for the right one.
        init(_ purpose: String, address: String? = nil) throws {
            fixture = try DurableFixture(purpose)
            let ports = try [freePort(), freePort()]
            nodes = try ports.enumerated().map { [fixture] number, port in
                let own = "http://127.0.0.1:\(port)"
                return try fixture.node(address: number == 0 ? address ?? own : own) {
                    $0.server.http.port = port
                    $0.server.tokens = ["cache-token-0123456789"]
                    $0.server.operatorTokens = ["cache-token-0123456789"]
                }
            }
            // All of them: no partition changes hands any more.
            try eventually("the nodes share the keys", within: .seconds(60)) {
                let owned = try nodes.map { node in try ForwardingTests.keys.count { try owns(node, $0) } }
                return owned.allSatisfy { $0 > 0 } && owned.reduce(0, +) == ForwardingTests.keys.count
            }
            guard address == nil else { return }
            // Each has heard of the other one's keys: what it asked while they changed hands is known for a moment.
            try eventually("each node finds the owners", within: .seconds(60)) {
                try nodes.allSatisfy { node in
                    try ForwardingTests.keys.allSatisfy { try node.get($0, headers: token).status == 404 }
                }
            }
        }

        /// A node that was asked by another one asks no further.
        func owns(_ node: CacheFixture, _ key: String) throws -> Bool {
            let status = try node.get(key, headers: token + ["Cache-Peer: 1"]).status
            return status != 421 && status != 503
        }

        /// Of one of the keys: the node that owns it, and the other one.
        func apart(_ key: String) throws -> (owner: CacheFixture, other: CacheFixture) {
            try owns(nodes[0], key) ? (nodes[0], nodes[1]) : (nodes[1], nodes[0])
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func eachNodeAnswersForAllKeys() throws {
        let pair = try Pair("forward")
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
        let pair = try Pair("hostile")
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
    }

    @Test(.timeLimit(.minutes(2)))
    func aBatchIsSplitByOwners() throws {
        let pair = try Pair("split")
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
        let pair = try Pair("away", address: "http://127.0.0.1:\(try freePort())")
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
