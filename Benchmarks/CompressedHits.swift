import Foundation
import HTTP
import TestSupport

/// Hits of 8 KiB that a node holds compressed: for clients that take zstd, for others, and without compression.
struct CompressedHits {
    private static let keys = 2_000
    private static let valueBytes = 8 << 10

    let world: ProcessWorld
    let node: String
    let results: Results
    /// Writes the settings of the node.
    let configure: (_ compression: String) throws -> Void

    func run() throws {
        let plain = try measure("off").plain
        let (compressed, expanded) = try measure("4KiB")
        results.add(
            "cache node, hits of 8 KiB, held and answered compressed", compressed, "requests/s",
            beside: "compression off",
            plain)
        results.add(
            "cache node, hits of 8 KiB, held compressed, expanded for the answer", expanded, "requests/s",
            beside: "compression off", plain)
    }

    /// - Returns: hits a second, for clients that take zstd and for others.
    private func measure(_ compression: String) throws -> (compressed: Double, plain: Double) {
        try configure(compression)
        let name = "compression-\(compression)"
        try world.startRole("cache", as: name)
        try world.waitUntilReady([String(node.dropFirst("http://".count))])
        for number in 0..<Self.keys {
            let answer = try HTTPFetch.perform(
                HTTPClientRequest(
                    method: "POST", url: "\(node)/cache?key=z\(number)",
                    headers: [("Content-Type", "application/json")],
                    body: Array("{\"value\":\(Self.value(number))}".utf8)))
            guard answer.status == 200 else { throw BenchmarkError("not stored: \(answer.status)") }
        }
        let compressed = try hits("zstd")
        let plain = try hits("identity")
        _ = try world.stop(name)
        return (compressed, plain)
    }

    private func hits(_ coding: String) throws -> Double {
        let script = try world.directory.write(
            "hits.lua",
            """
            local position = 0
            wrk.headers["Accept-Encoding"] = "\(coding)"
            request = function()
              position = (position + 7) % \(Self.keys)
              return wrk.format("GET", "/cache?key=z" .. position)
            end

            """)
        let result = try Wrk.measure(node, script: script)
        guard result.refused == 0 else { throw BenchmarkError("\(result.refused) reads were refused") }
        return result.requestsPerSecond
    }

    /// A list of products: names that come again, and figures that do not.
    private static func value(_ number: Int) -> String {
        var random = SeededGenerator(seed: UInt64(number))
        var items: [String] = []
        var count = 2
        while true {
            let (sku, price) = (UInt32(random.next() >> 32), Int.random(in: 100..<99_999, using: &random))
            let name = "\"sku\":\"\(String(sku, radix: 36))\",\"name\":\"product \(random.next() % 100_000)\""
            let stock = "\"inStock\":\(Bool.random(using: &random)),\"tags\":[\"sale\",\"new\"]"
            let item = "{\(name),\"price\":\(price),\"currency\":\"EUR\",\(stock)}"
            count += item.utf8.count + 1
            guard count <= valueBytes else { return "[" + items.joined(separator: ",") + "]" }
            items.append(item)
        }
    }
}
