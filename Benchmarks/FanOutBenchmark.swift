import Foundation
import HTTP
import Runtime
import TestSupport

/// How soon all of many edges have purged one request, while nothing else happens.
struct FanOutBenchmark {
    private static let edges = 200
    private static let requests = 100
    private static let warmUps = 10

    let results: Results

    func run() throws {
        let world = try ProcessWorld("bench-fanout")
        let edge = try PurgeRecorder()
        let port = try freePort()
        try world.configure(
            edges: (0..<Self.edges).map {
                "{name: edge-\($0), adapter: http, address: \"\(edge.address)\", limits: {requests: none}, "
                    + "edgesAtOnce: \(Self.edges)}"
            },
            more: "gateway: {listen: \"127.0.0.1:\(port)\"}")
        try world.applyTopics()
        for role in ["projector", "worker", "gateway"] { try world.startRole(role, as: role) }
        try world.waitUntilReady(["127.0.0.1:\(port)"])
        try world.explained {
            var times: [Duration] = []
            for number in 0..<(Self.warmUps + Self.requests) {
                let time = try measure("http://127.0.0.1:\(port)", number, edge)
                if number >= Self.warmUps { times.append(time) }
            }
            let summary = LatencySummary(times)
            let name = "\(Self.edges) edges, accepted until the last is called"
            results.add("\(name), p50", summary.median / .milliseconds(1), "ms", atMost: 20)
            results.add("\(name), p99", summary.p99 / .milliseconds(1), "ms", atMost: 60)
        }
    }

    private func measure(_ gateway: String, _ number: Int, _ edge: PurgeRecorder) throws -> Duration {
        let before = edge.calls.count
        let answer = try HTTPFetch.perform(
            HTTPClientRequest(
                method: "POST", url: gateway + "/invalidate", headers: [("Content-Type", "application/json")],
                body: Array("{\"namespace\":\"shop\",\"tags\":[\"product-\(number)\"]}".utf8)))
        let accepted = MonotonicTime.now()
        guard answer.status == 202 else { throw BenchmarkError("not accepted: \(answer.status)") }
        try eventually("all edges are called", within: .seconds(60)) { edge.calls.count >= before + Self.edges }
        guard let last = edge.calls.last else { throw BenchmarkError("no edge was called") }
        return last - accepted
    }
}
