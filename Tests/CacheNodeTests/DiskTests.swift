import CacheNode
import Foundation
import Invalidations
import Runtime
import Storage
import TestSupport
import Testing

/// Entries on disk: what memory evicts, and what a node that starts anew still has.
struct DiskTests {
    @Test func entriesOutliveTheNode() throws {
        let disk = try DiskFixture()
        let first = try disk.node()
        for key in ["kept", "tagged", "deleted", "url", "later", "marker"] {
            #expect(try first.post(key, "{\"value\": \"\(key)\" ,\"tags\":[\"t-\(key)\"],\"ttl\":600}").status == 200)
        }
        #expect(try first.post("kept", "{\"value\":2.50,\"tags\":[\"b\",\"c\"],\"ttl\":600}").status == 200)
        #expect(try first.delete("deleted").status == 200)
        #expect(try first.put("-", "{\"tags\":[\"t-url\"]}").int("invalidated") == 1)
        let entityTag = try #require(try first.get("kept").header("ETag"))
        // It is before its time when the node ends, and past it when the next one starts.
        let due = Timestamp.now() + 1_500
        try disk.publish(Selectors(tags: ["t-later"]), notBefore: due)
        // Requests of a namespace keep their order.
        try disk.publish(Selectors(tags: ["t-marker"]))
        try eventually("the requests are read") { try first.get("marker").status == 404 }
        try first.drain()
        try disk.publish(Selectors(tags: ["t-tagged"]))
        try eventually("the scheduled request is due") { Timestamp.now() > due }
        let second = try disk.node()
        let answer = try second.get("kept")
        #expect(answer.text == "2.50" && answer.header("ETag") == entityTag, "\(answer)")
        #expect(answer.header("Cache-Groups") == "\"b\", \"c\"")
        #expect(answer.header("Cache-Status")?.contains("hit") == true)
        for key in ["tagged", "deleted", "url", "later"] {
            #expect(try second.get(key).status == 404, "\(key)")
        }
        #expect(try second.put("-", "{\"tags\":[\"b\"]}").int("invalidated") == 1)
        #expect(try second.get("kept").status == 404)
        #expect(try second.diskProblem == nil)
    }

    @Test func whatMemoryEvictsIsAnswered() throws {
        let disk = try DiskFixture()
        let node = try disk.node {
            $0.memory = 8 << 20
            // These would become small.
            $0.compressedFrom = nil
        }
        let text = String(repeating: "x", count: 60_000)
        for number in 0..<400 {
            let body = "{\"value\":\"\(number) \(text)\",\"tags\":[\"all\",\"t\(number % 2)\"],\"ttl\":600}"
            #expect(try node.post("k\(number)", body).status == 200)
        }
        let stats = try RawHTTP.get(node.port, "/cache/stats")
        let entries = try #require(stats.int("entries"))
        #expect(entries < 150, "memory holds few of them")
        for number in stride(from: 0, to: 400, by: 7) {
            let answer = try node.get("k\(number)")
            #expect(answer.text.hasPrefix("\"\(number) x"), "k\(number): \(answer.status)")
        }
        // Memory and disk together, each entry once.
        #expect(try node.put("-", "{\"tags\":[\"t1\"]}").int("invalidated") == 200)
        #expect(try node.get("k1").status == 404)
        #expect(try node.get("k2").status == 200)
        #expect(try node.put("-", "{\"everything\":true}").int("invalidated") == 200)
        for number in stride(from: 0, to: 400, by: 9) { #expect(try node.get("k\(number)").status == 404) }
    }

    /// What is on disk alone is there for conditions, batches and leases.
    @Test func everyCallSeesTheDisk() throws {
        let disk = try DiskFixture()
        let first = try disk.node()
        for key in ["a", "b", "c", "d"] { #expect(try first.post(key, "{\"value\":\"\(key)\"}").status == 200) }
        let entityTag = try #require(try first.get("a").header("ETag"))
        try first.drain()
        let node = try disk.node()
        #expect(try node.post("a", "{\"value\":1}", headers: ["If-None-Match: *"]).status == 412)
        #expect(try node.post("a", "{\"value\":1}", headers: ["If-Match: \(entityTag)"]).status == 200)
        #expect(try node.delete("b", headers: ["If-Match: \(entityTag)"]).status == 412)
        #expect(try node.get("c", "&lease=1").text == "\"c\"")
        let won = try node.get("new", "&lease=1")
        #expect(won.status == 404 && won.header("Cache-Lease") != nil)
        let batch = try node.send(
            "POST", "/cache/batch", "[{\"op\":\"get\",\"key\":\"d\"},{\"op\":\"get\",\"key\":\"e\"}]")
        #expect(batch.list("results").map { $0["status"] as? Int } == [200, 404], "\(batch)")
        #expect(try node.get("d", method: "HEAD", headers: ["If-None-Match: \"x\""]).status == 200)
    }

    @Test func aSoftInvalidationLeavesStaleEntries() throws {
        let disk = try DiskFixture()
        let first = try disk.node()
        _ = try first.post("window", "{\"value\":1,\"tags\":[\"t\"],\"ttl\":600,\"staleWhileRevalidate\":600}")
        _ = try first.post("none", "{\"value\":1,\"tags\":[\"t\"],\"ttl\":600}")
        try first.drain()
        let node = try disk.node()
        #expect(try node.put("-", "{\"tags\":[\"t\"],\"mode\":\"soft\"}").int("invalidated") == 2)
        #expect(try node.get("none").status == 404)
        try eventually("the disk is done with it") { try node.get("window").status == 200 }
        #expect(try node.get("window").header("Cache-Control") == "max-age=0")
    }

    /// In memory, and on the disk alone.
    @Test func aStaleEntryIsRenewedByOneClient() throws {
        let disk = try DiskFixture()
        let first = try disk.node()
        for key in ["a", "b"] {
            _ = try first.post(key, "{\"value\":1,\"tags\":[\"t\"],\"ttl\":0.001,\"staleWhileRevalidate\":600}")
        }
        try eventually("its time is over") { try first.get("a").header("Cache-Status")?.contains("ttl=-") == true }
        try LeaseChecks.expectRenewal(of: "a", at: first)
        try first.drain()
        try LeaseChecks.expectRenewal(of: "b", at: try disk.node())
    }

    // MARK: Files that cannot be used

    @Test func aDamagedFileIsSetAside() throws {
        let disk = try DiskFixture()
        try Data(repeating: 7, count: 100_000).write(to: URL(filePath: disk.path))
        let node = try disk.node()
        #expect(try node.diskProblem == nil)
        #expect(FileManager.default.fileExists(atPath: disk.path + ".damaged"))
        #expect(try node.post("a", "{\"value\":1}").status == 200)
    }

    @Test func aValueThatWasChangedIsNotAnswered() throws {
        let disk = try DiskFixture()
        let first = try disk.node()
        for key in ["a", "b"] { _ = try first.post(key, "{\"value\":\"right\",\"tags\":[\"t\"]}") }
        try first.drain()
        try disk.change("value = x'2277726F6E6722', size = 7", of: "a")
        let node = try disk.node()
        #expect(try node.get("a").status == 404)
        #expect(try node.get("b").text == "\"right\"", "its neighbour is still good")
        try disk.expectDroppedRows(1, node)
        #expect(try node.put("-", "{\"tags\":[\"t\"]}").int("invalidated") == 1)
        #expect(try node.post("a", "{\"value\":2}").status == 200)
        try node.drain()
        #expect(try disk.node().get("a").text == "2")
    }

    /// A row whose tags are lost could not be found by them: the first who meets it drops it.
    @Test func aRowWithoutItsTagsIsDropped() throws {
        let disk = try DiskFixture()
        let first = try disk.node()
        for key in ["a", "b", "c", "d"] {
            _ = try first.post(key, "{\"value\":\"\(key)\",\"tags\":[\"t\",\"t-\(key)\"]}")
        }
        try first.drain()
        for key in ["a", "b"] { try disk.change("tags = x'FF'", of: key) }
        let node = try disk.node()
        #expect(try node.get("a").status == 404)
        #expect(try node.put("-", "{\"tags\":[\"t-b\",\"t-c\"]}").int("invalidated") == 1, "c alone is known")
        for key in ["b", "c"] { #expect(try node.get(key).status == 404) }
        #expect(try node.get("d").text == "\"d\"")
        try disk.expectDroppedRows(2, node)
        try node.drain()
        let statement = try Connection(path: disk.path, access: .read).prepare(
            "SELECT DISTINCT tag FROM tags ORDER BY 1")
        var tags: [String] = []
        try statement.forEachRow { tags.append($0.text(0)) }
        #expect(tags == ["t", "t-d"], "no tag is left without its row")
    }

    @Test func withoutItsDiskTheNodeGoesOn() throws {
        let disk = try DiskFixture()
        let newer = disk.directory.file("newer.db")
        do {
            let connection = try Connection(path: newer, access: .write)
            try connection.execute("PRAGMA application_id = 1668506465; PRAGMA user_version = 99; CREATE TABLE t(x)")
        }
        for (path, words) in [(newer, "version 99"), (disk.directory.file("no/cache.db"), "cannot be opened")] {
            let node = try disk.node(path: path)
            let problem = try node.diskProblem ?? ""
            #expect(problem.contains(words), "\(problem)")
            let ready = try RawHTTP.get(node.port, "/health/ready")
            #expect(ready.status == 200 && ready.text.contains(words), "\(ready)")
            #expect(try node.post("a", "{\"value\":1,\"tags\":[\"t\"]}").status == 200)
            #expect(try node.get("a").status == 200)
            #expect(try node.put("-", "{\"tags\":[\"t\"]}").int("invalidated") == 1)
            #expect(try RawHTTP.get(node.port, "/metrics").text.contains("cachesync_cache_disk_up 0"))
        }
        #expect(FileManager.default.fileExists(atPath: newer))
    }

    @Test func twoNodesDoNotShareAFile() throws {
        let disk = try DiskFixture()
        let first = try disk.node()
        #expect(throws: (any Error).self) { try disk.node() }
        #expect(try first.post("a", "{\"value\":1}").status == 200)
    }

    @Test(.enabled(if: SmallFilesystem.missing == nil)) func aFullDiskIsGivenUp() throws {
        let disk = try DiskFixture()
        let small = try SmallFilesystem(bytes: 6 << 20)
        let node = try disk.node(path: small.file("cache.db")) { $0.compressedFrom = nil }
        let text = String(repeating: "x", count: 200_000)
        for number in 0..<60 {
            #expect(try node.post("k\(number)", "{\"value\":\"\(number) \(text)\"}").status == 200)
        }
        let problem = try node.diskProblem ?? ""
        #expect(problem.contains("no space"), "\(problem)")
        #expect(try node.get("k59").status == 200)
        // An old entry there would come back at the next start.
        #expect(!FileManager.default.fileExists(atPath: small.file("cache.db")))
    }
}
