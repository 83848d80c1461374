import CacheNode
import Caches
import Foundation
import Runtime
import Storage
import TestSupport
import Testing

/// Values that a node holds compressed: who takes zstd gets them as they are held, all others as they were sent.
struct CompressionTests {
    /// Some KiB of JSON, with blanks that a parser would lose.
    static let value = "[" + (0..<300).map { "{\"number\" : \($0), \"name\":\"é\"}" }.joined(separator: " ,") + "]"

    static let zstd = ["Accept-Encoding: gzip, deflate, br, zstd"]

    static func body(_ value: String = Self.value) -> String { "{\"value\":\(value),\"tags\":[\"t\"],\"ttl\":600}" }

    private let fixture: CacheFixture

    init() throws {
        fixture = try CacheFixture()
    }

    /// Looks at both forms of the answer.
    static func check(_ node: CacheFixture, _ key: String, _ query: String = "", value: String = Self.value) throws {
        let plain = try node.get(key, query)
        #expect(plain.status == 200 && plain.text == value, "\(plain.status)")
        #expect(plain.header("Content-Encoding") == nil && plain.header("Vary") == "Accept-Encoding")
        let tag = try #require(plain.header("ETag"))
        #expect(tag.hasSuffix("-\(String(value.utf8.count, radix: 16))\""))
        let packed = try node.get(key, query, headers: zstd)
        #expect(packed.header("Content-Encoding") == "zstd" && packed.header("Vary") == "Accept-Encoding")
        #expect(packed.header("ETag") == tag.dropLast() + "-zstd\"")
        #expect(packed.header("Content-Type") == "application/json")
        #expect(packed.body.count < value.utf8.count * 88 / 100)
        let head = try CacheValue(Array(value.utf8)).entityTag
        #expect(head.description == tag)
        #expect(CacheValue(held: packed.body, coding: .zstd, entityTag: head).expanded() == Array(value.utf8))
    }

    @Test func bothKindsOfClientsGetTheValue() throws {
        let stored = try fixture.post("a", Self.body())
        #expect(stored.status == 200)
        try Self.check(fixture, "a")
        let plain = try fixture.get("a")
        #expect(plain.header("ETag") == stored.header("ETag"))
        // As browsers and curl do it.
        let read = try runCommand([
            "curl", "-s", "--compressed", "-w", "%{size_download}", "http://127.0.0.1:\(fixture.port)/cache?key=a",
            "-H", "Host: test",
        ])
        #expect(read.exitCode == 0 && read.output.hasPrefix(Self.value))
        #expect(try #require(Int(read.output.dropFirst(Self.value.count))) < Self.value.utf8.count / 2)
        for headers in [[], Self.zstd] {
            let (head, whole) = (
                try fixture.get("a", method: "HEAD", headers: headers), try fixture.get("a", headers: headers)
            )
            #expect(head.status == 200 && head.body.isEmpty)
            for name in ["ETag", "Content-Encoding", "Content-Length", "Vary", "Content-Type"] {
                #expect(head.header(name) == whole.header(name), "\(name)")
            }
        }
        // No part of a value is served: what a range asks for is the whole.
        #expect(try fixture.get("a", headers: ["Range: bytes=0-9"]).text == Self.value)
    }

    @Test func bytesAreThoseThatAreHeld() throws {
        for number in 0..<20 { #expect(try fixture.post("k\(number)", Self.body()).status == 200) }
        let stats = try RawHTTP.get(fixture.port, "/cache/stats")
        let (bytes, saved) = (try #require(stats.int("bytes")), try #require(stats.int("savedBytes")))
        let own = try #require(stats.list("namespaces").first?["bytes"] as? Int)
        #expect(saved > 20 * Self.value.utf8.count * 12 / 100)
        #expect(own + saved > 20 * Self.value.utf8.count && own < bytes && own < 20 * Self.value.utf8.count)
        let metrics = fixture.metrics.exposition()
        #expect(metrics.contains("cachesync_cache_compression_saved_bytes \(saved)\n"))
        #expect(metrics.contains("cachesync_cache_compression_input_bytes_total \(20 * Self.value.utf8.count)\n"))
        #expect(
            metrics.contains(
                "cachesync_cache_compression_output_bytes_total \(20 * Self.value.utf8.count - saved)\n"))
        #expect(try fixture.put("-", "{\"tags\":[\"t\"]}").int("invalidated") == 20)
        #expect(try RawHTTP.get(fixture.port, "/cache/stats").int("savedBytes") == 0)
    }

    private static let accepted = [
        "zstd", "ZSTD", "*", "zstd;q=0.001", "gzip, zstd;q=0.5", "identity;q=0, zstd;q=0.1", "identity;q=0, *",
        "gzip,,zstd",
    ]
    private static let refused = [
        "zstd;q=0", "zstd;q=0.000", "*, zstd;q=0", "*;q=0, identity", "", "gzip", "identity", "identity, zstd;q=0.5",
        "zstd;q=2",
        "zstd;q=-1", "zstd;q=", "zstd;level=1", "zstd;q=0.0001", "zst d", ",;=\"", "zstdzstd", "\"zstd\"",
        String(repeating: "a,", count: 2_000), String(repeating: "a, ", count: 40) + "zstd",
    ]

    @Test func acceptEncodingIsObeyed() throws {
        #expect(try fixture.post("a", Self.body()).status == 200)
        for field in Self.accepted {
            let answer = try fixture.get("a", headers: ["Accept-Encoding: \(field)"])
            #expect(answer.status == 200 && answer.header("Content-Encoding") == "zstd", "\(field)")
        }
        for field in Self.refused {
            let answer = try fixture.get("a", headers: ["Accept-Encoding: \(field)"])
            let isPlain = answer.text == Self.value && answer.header("Content-Encoding") == nil
            #expect(answer.status == 200 && isPlain, "\(field.prefix(60))")
        }
    }

    /// Small values, too, which are held as they are.
    @Test(arguments: ["{\"a\":1}", CompressionTests.value])
    func whoRefusesThePlainFormGetsAnotherOrNone(_ value: String) throws {
        let stored = try fixture.post("a", Self.body(value))
        let plain = try #require(stored.header("ETag"))
        for (field, coding) in [
            ("identity;q=0, zstd", "zstd"), ("gzip, identity;q=0", "gzip"), ("*;q=0, gzip", "gzip"),
            ("identity;q=0, *;q=0.1", "zstd"),
        ] {
            let answer = try fixture.get("a", headers: ["Accept-Encoding: \(field)"])
            #expect(answer.status == 200 && answer.header("Content-Encoding") == coding, "\(field): \(answer)")
            #expect(answer.header("Vary") == "Accept-Encoding" && answer.header("ETag") != plain, "\(field)")
            let magic: [UInt8] = coding == "zstd" ? [0x28, 0xB5, 0x2F, 0xFD] : [0x1F, 0x8B]
            #expect(Array(answer.body.prefix(magic.count)) == magic, "\(field)")
        }
        for field in ["identity;q=0", "*;q=0", "identity;q=0, br", "gzip;q=0, zstd;q=0, identity;q=0", "*;q=0.0"] {
            let answer = try fixture.get("a", headers: ["Accept-Encoding: \(field)"])
            #expect(answer.status == 406 && answer.text.contains("accept one of them"), "\(field): \(answer)")
        }
        for field in ["identity", "*;q=0, identity;q=0.1", "br", "gzip;q=0"] {
            let answer = try fixture.get("a", headers: ["Accept-Encoding: \(field)"])
            #expect(answer.text == value && answer.header("Content-Encoding") == nil, "\(field)")
        }
    }

    @Test func conditionsTakeTheValidatorsOfBothForms() throws {
        let stored = try fixture.post("a", Self.body())
        let plain = try #require(stored.header("ETag"))
        let packed = String(plain.dropLast() + "-zstd\"")
        for (headers, tags) in [([], [plain, packed, "W/\(plain)"]), (Self.zstd, [plain, packed, "W/\(packed)"])] {
            for tag in tags {
                let answer = try fixture.get("a", headers: headers + ["If-None-Match: \(tag)"])
                #expect(answer.status == 304 && answer.body.isEmpty && answer.header("Content-Encoding") == nil)
                // The client finds by it which of its answers is meant.
                #expect(answer.header("ETag") == tag.replacing("W/", with: ""))
                #expect(answer.header("Vary") == "Accept-Encoding")
            }
            #expect(try fixture.get("a", headers: headers + ["If-None-Match: \"x\""]).status == 200)
            #expect(try fixture.get("a", headers: headers + ["If-Match: \(packed)"]).status == 200)
            #expect(try fixture.get("a", headers: headers + ["If-Match: \"x\""]).status == 412)
        }
        #expect(try fixture.get("a", headers: Self.zstd + ["If-None-Match: *"]).header("ETag") == packed)
        // Who read the compressed form may write by what it was told.
        #expect(try fixture.post("a", Self.body("1"), headers: ["If-Match: \(packed)"]).status == 200)
        #expect(try fixture.post("a", Self.body("2"), headers: ["If-Match: \(packed)"]).status == 412)
        #expect(try fixture.delete("a", headers: ["If-Match: \(plain)"]).status == 412)
        #expect(try fixture.get("a").text == "1")
    }

    @Test func batchesAndLeasesSeeTheValue() throws {
        let won = try fixture.get("a", "&lease=1", headers: Self.zstd)
        let lease = try #require(won.header("Cache-Lease"))
        #expect(won.status == 404)
        #expect(try fixture.post("a", Self.body(), headers: ["Cache-Lease: \(lease)"]).status == 200)
        try Self.check(fixture, "a", "&lease=1")
        let batch = try fixture.send(
            "POST", "/cache/batch",
            "[{\"op\":\"get\",\"key\":\"a\"},{\"op\":\"set\",\"key\":\"b\",\"value\":\(Self.value)}]",
            headers: Self.zstd)
        #expect(batch.text.contains("\"value\":\(Self.value),\"etag\":"), "\(batch.status)")
        #expect(batch.header("Content-Encoding") == nil)
        try Self.check(fixture, "b")
    }

    @Test func smallValuesAndOthersThatSaveLittleAreHeldAsTheyAre() throws {
        let digits = Data((0..<8_000).map { _ in UInt8.random(in: 0...255) }).base64EncodedString()
        for value in ["{\"a\":1}", "\"" + String(repeating: "x", count: 4_093) + "\"", "\"\(digits)\""] {
            #expect(try fixture.post("a", Self.body(value)).status == 200)
            let answer = try fixture.get("a", headers: Self.zstd)
            let isLarge = value.utf8.count > 4_096
            #expect(answer.header("Content-Encoding") == nil || isLarge)
            if !isLarge { #expect(answer.text == value && answer.header("Vary") == nil) }
        }
    }

    @Test func itCanBeTurnedOff() throws {
        let node = try CacheFixture { $0.compressedFrom = nil }
        #expect(try node.post("a", Self.body()).status == 200)
        let answer = try node.get("a", headers: Self.zstd)
        #expect(answer.text == Self.value && answer.header("Content-Encoding") == nil && answer.header("Vary") == nil)
        // Its clients may come from a node that compresses.
        let tag = try #require(answer.header("ETag")).dropLast() + "-zstd\""
        #expect(try node.get("a", headers: ["If-None-Match: \(tag)"]).status == 304)
    }

    @Test func loadedValuesAreComparedAsTheyWereSent() throws {
        let main = try MainServer(["a": Self.value])
        let entry = try main.entry()
        let node = try CacheFixture { $0.namespaces = [entry] }
        try Self.check(node, "a", "&namespace=shop")
        #expect(main.count("GET") == 1)
    }

    // MARK: Entries on disk

    private static func rows(_ path: String) throws -> [(coding: Int64, size: Int64, bytes: Int64)] {
        var rows: [(coding: Int64, size: Int64, bytes: Int64)] = []
        let statement = try Connection(path: path, access: .read).prepare(
            "SELECT coding, size, length(value) FROM entries ORDER BY key")
        try statement.forEachRow { rows.append(($0.integer(0), $0.integer(1), $0.integer(2))) }
        return rows
    }

    private static let medium = "\"" + String(repeating: "y", count: 2_000) + "\""

    @Test func rowsAreCompressedAndOutliveTheNode() throws {
        let disk = try DiskFixture()
        let first = try disk.node()
        for (key, value) in [("a", Self.value), ("b", Self.medium), ("c", "3")] {
            #expect(try first.post(key, Self.body(value)).status == 200)
        }
        try first.drain()
        let rows = try Self.rows(disk.path)
        #expect(rows.map(\.coding) == [1, 1, 0])
        #expect(rows.map(\.size) == [Int64(Self.value.utf8.count), 2_002, 1])
        #expect(rows[0].bytes < rows[0].size && rows[1].bytes < 100 && rows[2].bytes == 1)
        let second = try disk.node()
        try Self.check(second, "a")
        // What is small in memory is held as it is.
        let medium = try second.get("b", headers: Self.zstd)
        #expect(medium.text == Self.medium && medium.header("Vary") == nil)
        #expect(try second.get("c").text == "3")
        #expect(try second.diskProblem == nil)
        try second.drain()
        let plain = try disk.node { $0.compressedFrom = nil }
        for (key, value) in [("a", Self.value), ("b", Self.medium)] {
            let answer = try plain.get(key, headers: Self.zstd)
            #expect(answer.text == value && answer.header("Vary") == nil)
        }
    }

    /// A file as versions before compression have left it.
    @Test func earlierFilesAreRead() throws {
        let disk = try DiskFixture()
        let first = try disk.node { $0.compressedFrom = nil }
        #expect(try first.post("a", Self.body()).status == 200)
        try first.drain()
        #expect(try Self.rows(disk.path).map(\.coding) == [0])
        try Connection(path: disk.path, access: .write).execute("PRAGMA user_version = 1")
        let second = try disk.node()
        #expect(try second.get("a").text == Self.value)
        #expect(try second.post("b", Self.body()).status == 200)
        try second.drain()
        #expect(try Self.rows(disk.path).map(\.coding) == [0, 1])
        #expect(try Connection(path: disk.path, access: .read).integer("PRAGMA user_version") == 2)
    }

    @Test(arguments: [
        "value = substr(value, 1, 40)", "size = 9223372036854775807", "coding = 7",
        "value = x'28B52FFDE0FFFFFFFFFFFFFF7F010000'",
    ])
    func aDamagedRowIsNotAnswered(_ change: String) throws {
        let disk = try DiskFixture()
        let first = try disk.node()
        for key in ["a", "b"] { #expect(try first.post(key, Self.body()).status == 200) }
        try first.drain()
        try disk.change(change, of: "a")
        let node = try disk.node()
        #expect(try node.get("a", headers: Self.zstd).status == 404)
        try disk.expectDroppedRows(1, node)
        try Self.check(node, "b")
        #expect(try node.post("a", Self.body()).status == 200)
        try Self.check(node, "a")
    }
}
