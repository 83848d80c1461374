import CacheNode
import Caches
import Foundation
import Gateway
import HTTP
import Invalidations
import Kafka
import Runtime
import TestSupport
import Testing

/// Nodes that keep copies of other nodes' hot entries for a moment.
struct MirrorChecks {
    let three: ThreeNodes

    /// Reads by way of a node until its mirror answers.
    private func mirror(_ node: CacheFixture, _ key: String, headers: [String] = []) throws -> RawAnswer {
        for _ in 0..<2_000 {
            let answer = try node.get(key, headers: headers)
            if answer.header("Cache-Status")?.hasSuffix("; detail=mirror") == true { return answer }
        }
        throw CacheFixtureError(description: "no mirror of \(key) has answered")
    }

    private func isMirrored(_ answer: RawAnswer) -> Bool {
        answer.header("Cache-Status")?.contains("detail=mirror") == true
    }

    func aHotKeyIsMirroredAndSaysSo() throws {
        let (owner, others) = try three.apart("k0")
        let stored = try others[0].post("k0", "{\"value\":{\"n\":1},\"tags\":[\"t\",\"u\"]}")
        #expect(stored.status == 200)
        for node in others {
            let answer = try mirror(node, "k0")
            #expect(answer.status == 200 && answer.text == "{\"n\":1}")
            #expect(answer.header("ETag") == stored.header("ETag"))
            #expect(answer.header("Cache-Groups") == "\"t\", \"u\"")
            #expect(answer.header("Cache-Control") == "max-age=0", "\(answer)")
            #expect(try #require(Int(answer.header("Age") ?? "")) <= 60)
            let tag = try #require(stored.header("ETag"))
            #expect(try mirror(node, "k0", headers: ["If-None-Match: \(tag)"]).status == 304)
            #expect(node.metrics.exposition().contains("cachesync_cache_mirrors_total{outcome=\"kept\"}"))
        }
        #expect(try others[0].post("k0", CompressionTests.body()).status == 200)
        for node in others {
            // By way of the node that did not hear of the write, the mirror is the earlier one for a moment.
            try eventually("the mirror has the large value") {
                try mirror(node, "k0").text == CompressionTests.value
            }
            let packed = try mirror(node, "k0", headers: CompressionTests.zstd)
            #expect(packed.header("Content-Encoding") == "zstd" && packed.header("Vary") == "Accept-Encoding")
            let tag = try #require(packed.header("ETag"))
            #expect(tag.hasSuffix("-zstd\""))
            let unchanged = try node.get("k0", headers: ["If-None-Match: \(tag)"])
            #expect(unchanged.status == 304 && unchanged.header("ETag") == tag)
        }
        // Its owner mirrors nothing, nor is anything mirrored that is read seldom.
        for _ in 0..<20 { #expect(try !isMirrored(owner.get("k0"))) }
        #expect(owner.metrics.exposition().contains("cachesync_cache_mirror_reads_total 0\n"))
        for exact in ["Cache-Control: no-cache", "Cache-Control: max-age=0"] {
            _ = try mirror(others[0], "k0")
            #expect(try !isMirrored(others[0].get("k0", headers: [exact])))
        }
    }

    /// A write is seen at once by way of the node that it came by, and of its owner; elsewhere by exact readers.
    func aWriteIsSeenAtOnceByWayOfItsNodeAndByExactReaders() throws {
        let (owner, others) = try three.apart("k1")
        #expect(try owner.post("k1", "{\"value\":0}").status == 200)
        for number in 1...2 {
            for node in others { _ = try mirror(node, "k1") }
            #expect(try others[0].post("k1", "{\"value\":\(number)}").status == 200)
            #expect(try others[0].get("k1").text == "\(number)")
            #expect(try owner.get("k1").text == "\(number)")
            #expect(try others[1].get("k1", headers: ["Cache-Control: no-cache"]).text == "\(number)")
            // Others see it within a second, and what a busy machine adds.
            let start = ContinuousClock.now
            try eventually("the mirror is behind for a moment only") { try others[1].get("k1").text == "\(number)" }
            #expect(ContinuousClock.now - start < .seconds(5))
        }
        _ = try mirror(others[0], "k1")
        let batch = "[{\"op\":\"set\",\"key\":\"k1\",\"value\":\"batch\"}]"
        #expect(try others[0].send("POST", "/cache/batch", batch).status == 200)
        #expect(try others[0].get("k1").text == "\"batch\"")
    }

    /// While readers keep the mirrors warm, nobody gets anything from before an invalidation that was answered.
    func nobodyGetsWhatAnAnsweredInvalidationMeant() throws {
        let (owner, others) = try three.apart("k2")
        #expect(try owner.post("k2", "{\"value\":0,\"tags\":[\"t\"]}").status == 200)
        for (number, caller) in three.nodes.enumerated() {
            // What is written in between is known to the owner alone; the invalidation makes all others know of it.
            if number == 0 { for node in others { _ = try mirror(node, "k2") } }
            #expect(try owner.post("k2", "{\"value\":\(number + 1),\"tags\":[\"t\"]}").status == 200)
            let put = try caller.put("any", "{\"tags\":[\"t\"]}")
            #expect(put.status == 200 && put.header("Cache-Peers-Away") == nil, "\(put)")
            for _ in 0..<30 {
                for node in three.nodes { #expect(try node.get("k2").text == "\(number + 1)") }
            }
        }
    }

    /// The same for what is published: once a node has applied it, its mirror is gone, and is not made anew of what an
    /// owner has that has not applied it.
    func whatIsPublishedReachesMirrors() throws {
        let (owner, others) = try three.apart("k3")
        #expect(try owner.post("k3", "{\"value\":0,\"tags\":[\"t\"]}").status == 200)
        for node in others { _ = try mirror(node, "k3") }
        #expect(try owner.post("k3", "{\"value\":1,\"tags\":[\"t\"],\"invalidate\":{\"tags\":[\"t\"]}}").status == 200)
        for node in others {
            try eventually("the record is applied") {
                node.metrics.exposition().contains("cachesync_cache_log_applied_total 1\n")
            }
            for _ in 0..<30 { #expect(try node.get("k3").text == "1") }
            // What is in order in the log pauses nothing.
            #expect(try mirror(node, "k3").text == "1")
        }
    }

    func nothingIsMirroredUnlessItIsSet() throws {
        let plain = "&namespace=plain"
        for number in 0..<30 {
            #expect(try three.nodes[number % 3].post("k4", "{\"value\":\(number)}", plain).status == 200)
            for node in three.nodes {
                let answer = try node.get("k4", plain)
                #expect(answer.text == "\(number)" && !isMirrored(answer))
            }
        }
    }

    /// Prints how many reads of one hot key a second the nodes answer, spread over all three, with mirrors and without.
    /// It needs `wrk`, and the environment variable CACHESYNC_MEASURE.
    func measure() throws {
        guard ProcessInfo.processInfo.environment["CACHESYNC_MEASURE"] != nil else { return }
        for namespace in ["plain", "default", "plain", "default"] {
            let value = String(repeating: "x", count: 1_022)
            let query = "&namespace=\(namespace)"
            #expect(try three.nodes[0].post("hot", "{\"value\":\"\(value)\"}", query).status == 200)
            let runs = try three.nodes.map { node in
                let (process, pipe) = (Process(), Pipe())
                process.executableURL = URL(fileURLWithPath: "/usr/bin/wrk")
                process.arguments = [
                    "-t1", "-c8", "-d5s", "--latency", "http://127.0.0.1:\(node.port)/cache?key=hot\(query)",
                ]
                process.standardOutput = pipe
                try process.run()
                return (process, pipe)
            }
            for (process, pipe) in runs {
                let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                process.waitUntilExit()
                let lines = text.split(separator: "\n").filter { $0.contains("Requests/sec") || $0.contains("99%") }
                print(namespace, lines.joined(separator: " "))
            }
        }
    }
}
