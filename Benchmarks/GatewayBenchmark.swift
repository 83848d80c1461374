import Foundation
import HTTP
import Kafka
import Runtime
import TestSupport
import TopicCatalogue

/// Publishing and status reads at a gateway, beside a hello of the same server.
struct GatewayBenchmark {
    private static let rounds = 3
    private static let connections = 64
    /// All connections together stay below what a gateway has on its way (4,096).
    private static let batchItems = 50
    /// For wrk: an array of requests, each with a tag of its own.
    private static let batchScript = """
        local number = 0
        wrk.method = "POST"
        wrk.headers["Content-Type"] = "application/json"
        request = function()
          local items = {}
          for index = 1, \(batchItems) do
            number = number + 1
            items[index] = '{"namespace":"shop-' .. number % 100 .. '","tags":["product-' .. number .. '"]}'
          end
          return wrk.format(nil, nil, nil, "[" .. table.concat(items, ",") .. "]")
        end

        """

    let results: Results

    func run() throws {
        let world = try ProcessWorld("bench-gateway", heap: "-Xmx1g -Xms1g")
        let port = try freePort()
        try world.configure(
            edges: ["{name: edge, adapter: http, address: \"http://127.0.0.1:9\"}"],
            more: "gateway: {listen: \"127.0.0.1:\(port)\"}")
        try world.applyTopics()
        for role in ["projector", "gateway"] { try world.startRole(role, as: role) }
        try world.waitUntilReady(["127.0.0.1:\(port)"])
        try world.directory.write("post.lua", PublishBenchmark.script)
        try world.explained { try measure("http://127.0.0.1:\(port)", world) }
    }

    private func measure(_ gateway: String, _ world: ProcessWorld) throws {
        let id = try publish(gateway)
        try settle(world)
        let script = world.directory.file("post.lua")
        try world.directory.write("batch.lua", Self.batchScript)
        var (hellos, posts, batches) = ([Double](), [WrkResult](), [WrkResult]())
        var (statuses, unchanged) = ([WrkResult](), [WrkResult]())
        for _ in 0..<Self.rounds {
            hellos.append(try Wrk.requestsPerSecond(gateway + "/health/live"))
            statuses.append(try accepted(Wrk.measure(gateway + "/status/\(id)")))
            try world.directory.write("unchanged.lua", try Self.conditional(gateway + "/status/\(id)"))
            unchanged.append(
                try accepted(Wrk.measure(gateway + "/status/\(id)", script: world.directory.file("unchanged.lua"))))
            posts.append(try accepted(Wrk.measure(gateway + "/invalidate", script: script)))
            try settle(world)
            batches.append(
                try accepted(Wrk.measure(gateway + "/invalidate", script: world.directory.file("batch.lua"))))
            try settle(world)
        }
        let hello = Self.median(hellos)
        let name = "hello of the same server"
        results.add(
            "POST /invalidate, 64 connections", Self.median(posts.map(\.requestsPerSecond)), "requests/s",
            beside: name, hello, atLeast: 0.3)
        results.add("POST /invalidate, 64 connections, p50", Self.median(posts.map(\.median)), "ms")
        results.add("POST /invalidate, 64 connections, p99", Self.median(posts.map(\.p99)), "ms")
        results.add(
            "GET /status/{id}, 64 connections", Self.median(statuses.map(\.requestsPerSecond)), "requests/s",
            beside: name, hello, atLeast: 0.6)
        results.add(
            "the same, unchanged (304)", Self.median(unchanged.map(\.requestsPerSecond)), "requests/s",
            beside: name, hello, atLeast: 0.6)
        try reportPublishing(posts, batches, gateway, world)
    }

    private func reportPublishing(
        _ posts: [WrkResult], _ batches: [WrkResult], _ gateway: String, _ world: ProcessWorld
    ) throws {
        let single = Self.median(posts.map(\.requestsPerSecond))
        results.add(
            "POST /invalidate in batches of \(Self.batchItems), 64 connections",
            Self.median(batches.map(\.requestsPerSecond)) * Double(Self.batchItems), "requests/s",
            beside: "one by one", single)
        let bare = try ProducerLoop(world, topic: TopicName.normal, value: ProducerLoop.request)
        results.add(
            "POST /invalidate, 64 connections", single, "requests/s",
            beside: "bare produce with 64 records on the way", try bare.rate(onTheWay: Self.connections), atLeast: 0.5)
        let alone = LatencySummary(try bare.run(onTheWay: 1))
        let one = try accepted(
            Wrk.measure(gateway + "/invalidate", connections: 1, script: world.directory.file("post.lua")))
        results.add(
            "POST /invalidate, one connection, p50", one.median, "ms", beside: "bare produce with acks=all, p50",
            alone.median / .milliseconds(1), atMost: 1.5)
    }

    /// Waits until the projector has folded what was published, so that no part works beside the next.
    private func settle(_ world: ProcessWorld) throws {
        try eventually("the projector is through", within: .seconds(120)) {
            try world.lag(TopicName.invalidations, group: "cachesync-projector") == 0
        }
    }

    private func accepted(_ result: WrkResult) throws -> WrkResult {
        guard result.refused == 0 else { throw BenchmarkError("\(result.refused) answers were refusals") }
        return result
    }

    private func publish(_ gateway: String) throws -> String {
        let answer = try HTTPFetch.perform(
            HTTPClientRequest(
                method: "POST", url: gateway + "/invalidate", headers: [("Content-Type", "application/json")],
                body: Array(#"{"namespace":"shop","tags":["product-42"]}"#.utf8)))
        guard answer.status == 202, let id = answer.location?.split(separator: "/").last else {
            throw BenchmarkError("not accepted: \(answer.status)")
        }
        return String(id)
    }

    /// A script of wrk that has the answer already.
    private static func conditional(_ url: String) throws -> String {
        var request = HTTPClientRequest(url: url)
        request.keepsHeader = true
        guard let tag = try HTTPFetch.perform(request).header.first("ETag") else {
            throw BenchmarkError("no ETag")
        }
        return "wrk.headers[\"If-None-Match\"] = '\(tag)'\n"
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
