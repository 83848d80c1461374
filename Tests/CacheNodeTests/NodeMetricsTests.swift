import CacheNode
import Caches
import Foundation
import HTTP
import Invalidations
import JSON
import TestSupport
import Testing

/// What a node counts of its reads and loads, and of which namespace.
@Suite(.timeLimit(.minutes(2)))
struct NodeMetricsTests {
    private static func metric(_ node: CacheFixture, _ name: String) throws -> Int {
        let lines = try RawHTTP.get(node.port, "/metrics").text.split(separator: "\n")
        let line = try #require(lines.first { $0.hasPrefix("\(name) ") }, "\(name) is there")
        return Int(line.split(separator: " ").last ?? "") ?? -1
    }

    private static func reads(_ node: CacheFixture, _ namespace: String) throws -> [Int64] {
        let stats = try RawHTTP.get(node.port, "/cache/stats")
        return try JSONParser(bytesMax: 1 << 20).parse(stats.body) { root in
            var found: [Int64] = []
            root["namespaces"]?.forEachElement { one in
                guard one["namespace"]?.string == namespace else { return }
                found = [one["hits"]?.int64 ?? -1, one["misses"]?.int64 ?? -1]
            }
            return found
        }
    }

    @Test func readsAreCountedByNamespace() throws {
        let node = try CacheFixture()
        #expect(try node.post("a", "{\"value\":1}").status == 200)
        #expect(try node.post("a", "{\"value\":1}", "&namespace=shop").status == 200)
        for _ in 0..<3 { #expect(try node.get("a").status == 200) }
        #expect(try node.get("b").status == 404)
        #expect(try node.get("a", "&namespace=shop").status == 200)
        #expect(try node.get("a", "&namespace=unknown").status == 404)
        let batch = try RawHTTP.post(
            node.port, "[{\"op\":\"get\",\"key\":\"a\"},{\"op\":\"get\",\"key\":\"c\"}]",
            to: "/cache/batch?namespace=shop")
        #expect(batch.status == 200)
        #expect(try Self.reads(node, "default") == [3, 1])
        #expect(try Self.reads(node, "shop") == [2, 1])
        #expect(try Self.reads(node, "unknown") == [], "a read makes no namespace known")
    }

    /// One hit in 64 is observed, whichever that is.
    @Test func theTimeOfHitsIsObserved() throws {
        let node = try CacheFixture()
        #expect(try node.post("a", "{\"value\":1}").status == 200)
        #expect(try Self.metric(node, "cachesync_cache_hit_seconds_count") == 0)
        try eventually("a hit is observed") {
            for _ in 0..<32 { #expect(try node.get("a").status == 200) }
            return try Self.metric(node, "cachesync_cache_hit_seconds_count") > 0
        }
        let hits = try Self.metric(node, "cachesync_cache_requests_total{result=\"hit\"}")
        #expect(try Self.metric(node, "cachesync_cache_hit_seconds_count") <= hits)
        let metrics = try RawHTTP.get(node.port, "/metrics").text
        #expect(metrics.contains("cachesync_cache_hit_seconds_bucket{le=\"5e-05\"}"))
    }

    @Test func loadsAreCountedByWhatTheyBrought() throws {
        let main = try MainServer(["a": "1"])
        let entry = try main.entry()
        let node = try CacheFixture { $0.namespaces = [entry] }
        #expect(try node.get("a", CacheFixture.shop).status == 200)
        #expect(try node.get("a", CacheFixture.shop).status == 200)
        for _ in 0..<2 { #expect(try node.get("none", CacheFixture.shop).status == 404) }
        main.answer { _, _ in .empty(500) }
        #expect(try node.get("b", CacheFixture.shop).status == 502)
        for (result, count) in [("started", 3), ("stored", 1), ("absent", 1), ("failed", 1), ("overtaken", 0)] {
            try eventually("\(count) are \(result)") {
                try Self.metric(node, "cachesync_cache_loads_total{result=\"\(result)\"}") == count
            }
        }
        // Who waited for a load has missed; what is known to be absent is a hit.
        #expect(try Self.reads(node, "shop") == [2, 3])
    }

    /// What memory has no space for, and is written once more.
    @Test func whatComesBackSoonIsCounted() throws {
        let node = try CacheFixture { $0.memory = 4 << 20 }
        // Hardly smaller when compressed: 90 of them are more than memory holds, and fewer than twice that.
        var random = SeededGenerator.printed("a value")
        let text = String(decoding: (0..<100_000).map { _ in UInt8.random(in: 35...91, using: &random) }, as: UTF8.self)
        let value = "{\"value\":\"\(text)\"}"
        try eventually("an entry comes back") {
            for number in 0..<90 { #expect(try node.post("k\(number)", value).status == 200) }
            return try Self.metric(node, "cachesync_cache_ghost_hits_total") > 0
        }
    }
}
