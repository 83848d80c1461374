import CacheSimulation
import Foundation
import HTTP
import TestSupport
import TopicCatalogue

/// A cache node over HTTP beside nginx, Varnish and Redis with webdis: the same values, the same keys, the same load.
///
/// Values of 1 KiB; keys by Zipf 0.99, so that a few are read most of the time. Then durable writes, where there is a
/// PostgreSQL. Everything runs on this machine.
struct CacheNodeBenchmark {
    private static let requests = 100_000
    private static let connections = 64
    private static let valueBytes = 1_024

    let keys: Int
    let results: Results

    func run() throws {
        let world = try ProcessWorld("bench-cache")
        let port = try freePort()
        let node = "http://127.0.0.1:\(port)"
        try configure(world, port)
        try world.applyTopics()
        try writeRequests(to: world.directory.file("keys.txt"))
        let process = try world.startRole("cache", as: "cache")
        try world.waitUntilReady(["127.0.0.1:\(port)"])
        try world.explained {
            try fill(node)
            let hits = try measureHits(node, process, world)
            try comparePeers(hits, world)
            _ = try world.stop("cache")
            try CompressedHits(world: world, node: node, results: results) {
                try configure(world, port, ", compression: \"\($0)\"")
            }.run()
            guard PostgresServer.isAvailable else {
                return print("durable writes are not measured: \(PostgresServer.missing ?? "")")
            }
            try configure(world, port, ", database: \"\(PostgresCluster.createDatabase())\"")
            try world.startRole("cache", as: "durable")
            try world.waitUntilReady(["127.0.0.1:\(port)"])
            try measureWrites(node, world)
        }
    }

    /// - Parameter more: settings of the node.
    private func configure(_ world: ProcessWorld, _ port: Int, _ more: String = "") throws {
        try world.configure(
            edges: ["{name: edge, adapter: http, address: \"http://127.0.0.1:9\"}"],
            more: "cache: {listen: \"127.0.0.1:\(port)\", memory: 2GiB\(more)}")
    }

    private func measureHits(_ node: String, _ process: ChildProcess, _ world: ProcessWorld) throws -> Double {
        let hello = try Wrk.requestsPerSecond(node + "/health/live")
        let hits = try measure("cache node", node, "/cache?key=k", "", world).requestsPerSecond
        results.add(
            "cache node, hits of 1 KiB, 64 connections", hits, "requests/s", beside: "hello of the same server", hello,
            atLeast: 0.7)
        let half = try measure(
            "cache node", node, "/cache?key=k", "", world, pause: Self.pause(at: hits / 2))
        results.add("cache node, hits at half load", half.requestsPerSecond, "requests/s")
        results.add("cache node, hits at half load, p99", half.p99, "ms", atMost: 1)
        let memory = ProcessFigures.kilobytes("VmRSS:", of: process.identifier) / 1_024
        results.add("cache node, memory with \(keys) such entries", Double(memory), "MB")
        return hits
    }

    private func measureWrites(_ node: String, _ world: ProcessWorld) throws {
        let script = try world.directory.write("write.lua", Self.writes)
        let hello = try Wrk.requestsPerSecond(node + "/health/live")
        let writes = try Wrk.measure(node + "/cache", script: script)
        guard writes.refused == 0 else { throw BenchmarkError("\(writes.refused) writes were refused") }
        results.add(
            "cache node, durable POST of 1 KiB, 64 connections", writes.requestsPerSecond, "requests/s",
            beside: "hello of the same server", hello, atLeast: 0.5)
        results.add("cache node, durable POST, p99", writes.p99, "ms")
        // Nobody reads them: what Kafka alone lets through.
        _ = try world.stop("durable")
        let value = [UInt8](repeating: UInt8(ascii: "w"), count: Self.valueBytes)
        let bare = try ProducerLoop(world, topic: TopicName.cacheWrites) { _ in value }
        results.add(
            "cache node, durable POST of 1 KiB, 64 connections", writes.requestsPerSecond, "requests/s",
            beside: "bare produce with 64 records on the way", try bare.rate(onTheWay: Self.connections))
    }

    private func comparePeers(_ hits: Double, _ world: ProcessWorld) throws {
        let value = String(repeating: "v", count: Self.valueBytes)
        let origin = try NginxServer("location / { add_header Cache-Control max-age=3600; return 200 '\(value)'; }")
        let nginx = try NginxServer(
            "location / { proxy_pass \(origin.url); proxy_cache bench; }",
            http: "proxy_cache_path {directory}/cache keys_zone=bench:100m max_size=2g;")
        try compare(hits, "nginx proxy_cache", nginx.url, "/k", "", world)
        let varnish = try VarnishServer(originPort: origin.port, memory: "1g")
        try compare(hits, "Varnish", varnish.url, "/k", "", world)
        guard let redis = try WebdisServer() else {
            return print("Redis is not measured: redis-server or webdis is missing; .ci/setup bench installs them")
        }
        try redis.fill(keys, value)
        try compare(hits, "Redis with webdis", redis.url, "/GET/k", ".txt", world)
    }

    private func compare(
        _ hits: Double, _ name: String, _ url: String, _ prefix: String, _ suffix: String, _ world: ProcessWorld
    ) throws {
        // What is not there yet is fetched now.
        _ = try measure(name, url, prefix, suffix, world)
        let peer = try measure(name, url, prefix, suffix, world)
        results.add(
            "cache node, hits, beside a peer", hits, "requests/s", beside: name, peer.requestsPerSecond, atLeast: 1)
    }

    private func measure(
        _ name: String, _ url: String, _ prefix: String, _ suffix: String, _ world: ProcessWorld, pause: Int = 0
    ) throws -> WrkResult {
        let reads = Self.reads(world.directory.file("keys.txt"), prefix, suffix)
        // Of random length, or all connections would ask at once.
        let pauses = pause == 0 ? "" : "delay = function() return math.random(0, \(2 * pause)) end\n"
        let script = try world.directory.write("read.lua", reads + pauses)
        let result = try Wrk.measure(url, connections: Self.connections, script: script)
        guard result.refused == 0 else { throw BenchmarkError("\(name): \(result.refused) reads were refused") }
        return result
    }

    /// In whole milliseconds, and rather too long: what all connections wait between two requests to make that rate.
    private static func pause(at rate: Double) -> Int {
        max(1, Int((Double(connections) / rate * 1_000).rounded(.up)))
    }

    private func writeRequests(to file: String) throws {
        let ranks = ZipfRanks(count: keys, exponent: 0.99)
        var random = SeededGenerator.printed("keys that are read")
        let lines = (0..<Self.requests).map { _ in String(ranks.next(&random)) }
        try lines.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
    }

    private func fill(_ node: String) throws {
        let value = String(repeating: "v", count: Self.valueBytes - 2)
        try CacheFill.run(node, count: keys) { "{\"op\":\"set\",\"key\":\"k\($0)\",\"value\":\"\(value)\"}" }
    }

    /// The requests are made once, so that the load costs little.
    private static func reads(_ keys: String, _ prefix: String, _ suffix: String) -> String {
        """
        local requests, position = {}, 0
        init = function()
          for key in io.lines("\(keys)") do
            requests[#requests + 1] = wrk.format("GET", "\(prefix)" .. key .. "\(suffix)")
          end
        end
        request = function()
          position = position % #requests + 1
          return requests[position]
        end

        """
    }

    private static let writes = """
        local number = 0
        local value = string.rep("w", 1022)
        wrk.method = "POST"
        wrk.headers["Content-Type"] = "application/json"
        request = function()
          number = number + 1
          return wrk.format(nil, "/cache?key=k" .. number % 10000, nil, '{"value":"' .. value .. '"}')
        end

        """
}
