import Foundation
import HTTP
import JSON
import Runtime
import TestSupport

/// A million entries under one tag, invalidated over HTTP while others read.
///
/// The readers ask at a steady pace for entries of the same namespace that do not carry the tag.
struct TaggedEntriesBenchmark {
    private static let entries = 1_000_000
    private static let others = 100_000
    private static let readers = 4
    private static let readsPerSecond = 250
    private static let before = Duration.seconds(5)

    let results: Results

    func run() throws {
        let world = try ProcessWorld("bench-tags")
        let port = try freePort()
        let node = "http://127.0.0.1:\(port)"
        try world.configure(
            edges: ["{name: edge, adapter: http, address: \"http://127.0.0.1:9\"}"],
            more: "cache: {listen: \"127.0.0.1:\(port)\", memory: 2GiB}")
        try world.applyTopics()
        let process = try world.startRole("cache", as: "cache")
        try world.waitUntilReady(["127.0.0.1:\(port)"])
        try world.explained {
            try fill(node, prefix: "other-", count: Self.others, tags: "[]")
            try fill(node, prefix: "k", count: Self.entries, tags: "[\"all\"]")
            try measure(node, port, ProcessFigures.kilobytes("VmRSS:", of: process.identifier) / 1_024)
            _ = try world.stop("cache")
        }
    }

    private func measure(_ node: String, _ port: Int, _ memory: Int) throws {
        let targets = (0..<Self.others).map { "/cache?namespace=wide&key=other-\($0)" }
        let readers = PacedReaders(
            port: port, targets: targets, readers: Self.readers, perSecond: Self.readsPerSecond)
        let first = MonotonicTime.now()
        try eventually("the readers have read for a while") { MonotonicTime.now() - first >= Self.before }
        let begin = MonotonicTime.now()
        let count = try invalidate(node)
        let end = MonotonicTime.now()
        try readers.finish()
        let (before, during) = (try readers.summary(from: first, to: begin), try readers.summary(from: begin, to: end))
        guard count == Self.entries, try invalidate(node) == 0 else {
            throw BenchmarkError("the answer counts \(count) of \(Self.entries) entries, or some were left")
        }
        print("  readers before: \(before)\n  readers meanwhile: \(during)")
        let name = "cache node, a million entries under one tag"
        let pace = "\(Self.readers * Self.readsPerSecond) reads a second"
        results.add("\(name), counted by the PUT", Double(count), "entries", atLeast: Double(Self.entries))
        results.add("\(name), time of the PUT", (end - begin) / .seconds(1), "s")
        results.add("\(name), p99 of \(pace) before", before.p99 / .milliseconds(1), "ms")
        results.add("\(name), p99 of \(pace) during all of it", during.p99 / .milliseconds(1), "ms", atMost: 2)
        results.add("\(name) and \(Self.others) others, memory of the node", Double(memory), "MB")
    }

    /// - Returns: what the node counts.
    private func invalidate(_ node: String) throws -> Int64 {
        let answer = try HTTPFetch.perform(
            HTTPClientRequest(
                method: "PUT", url: node + "/cache?key=-&namespace=wide",
                headers: [("Content-Type", "application/json")], body: Array("{\"tags\":[\"all\"]}".utf8),
                timeout: .seconds(60)))
        let count = try JSONParser(bytesMax: 4_096).parse(answer.body) { $0["invalidated"]?.int64 }
        guard answer.status == 200, let count else {
            throw BenchmarkError("not invalidated: \(answer.status) \(String(decoding: answer.body, as: UTF8.self))")
        }
        return count
    }

    private func fill(_ node: String, prefix: String, count: Int, tags: String) throws {
        try CacheFill.run(node, count: count) { number in
            "{\"op\":\"set\",\"key\":\"\(prefix)\(number)\",\"namespace\":\"wide\",\"value\":1,\"tags\":\(tags)}"
        }
    }
}
