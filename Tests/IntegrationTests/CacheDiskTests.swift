import Foundation
import TestSupport
import Testing

/// A cache node with a disk, killed while it works.
@Suite(.serialized, .enabled(if: KafkaCluster.isAvailable, Comment(rawValue: KafkaCluster.missing ?? "")))
struct CacheDiskTests {
    /// What was answered is there after each kill, and what was invalidated meanwhile is gone before the first answer.
    @Test(.timeLimit(.minutes(5)))
    func entriesOutliveKillsAndNothingComesBack() throws {
        var random = SeededGenerator.printed("kills of a cache node with a disk")
        let world = try ProcessWorld("cache-disk")
        let port = try freePort()
        try world.configure(
            edges: ["{name: nobody, adapter: http, address: \"http://127.0.0.1:9\"}"],
            more: """
                gateway: {hosts: [test]}
                cache: {memory: 8MiB, disk: {path: "\(world.directory.file("cache.db"))", bytes: 64MiB}}
                """)
        try world.applyTopics()
        let publisher = try RequestPublisher(world.broker.configuration)
        var wanted: [String: Int] = [:]
        var (value, foundCount) = (0, 0)
        for round in 0..<6 {
            try world.startRole("cache", as: "node", ["--cache", "127.0.0.1:\(port)"])
            try world.waitUntilReady(["127.0.0.1:\(port)"])
            try world.explained { try check(wanted, port) }
            foundCount += wanted.count
            for _ in 0..<150 {
                value += 1
                let key = "k\(Int.random(in: 0..<40, using: &random))"
                switch Int.random(in: 0...9, using: &random) {
                case 0:
                    #expect(try RawHTTP.get(port, "/cache?key=\(key)", method: "DELETE").status == 200)
                    wanted[key] = nil
                case 1:
                    let tag = "t\(Int.random(in: 0...3, using: &random))"
                    let answer = try put(port, "{\"tags\":[\"\(tag)\"]}")
                    let meant = wanted.filter { "t\($0.value % 4)" == tag }
                    #expect(answer.int("invalidated") == meant.count, "round \(round): \(answer)")
                    for key in meant.keys { wanted[key] = nil }
                default:
                    let body = "{\"value\":\(Self.text(value)),\"tags\":[\"t\(value % 4)\"],\"ttl\":3600}"
                    #expect(try RawHTTP.post(port, body, to: "/cache?key=\(key)").status == 200)
                    wanted[key] = value
                }
            }
            world.kill("node")
            // The node hears of it when it starts anew.
            try publisher.publish(namespace: "default", tag: "t\(round % 4)")
            try publisher.finish()
            wanted = wanted.filter { $0.value % 4 != round % 4 }
        }
        // A single round may end with few.
        #expect(foundCount > 5)
    }

    /// Some are small, some are compressed on disk alone, and some in memory as well.
    private static func text(_ value: Int) -> String {
        "[\(value)" + String(repeating: ", \(value)", count: value % 3 * 600) + "]"
    }

    private func check(_ wanted: [String: Int], _ port: Int) throws {
        for number in 0..<40 {
            let answer = try RawHTTP.get(port, "/cache?key=k\(number)")
            let expected = wanted["k\(number)"].map(Self.text) ?? "Not found"
            #expect(answer.text.trimmingCharacters(in: .newlines) == expected, "k\(number)")
        }
    }

    private func put(_ port: Int, _ body: String) throws -> RawAnswer {
        let head = "PUT /cache?key=- HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
        return try RawHTTP.exchange(port, Array((head + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)").utf8))
    }
}
