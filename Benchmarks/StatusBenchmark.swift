import Foundation
import HTTP
import Invalidations
import JSON
import Runtime
import TestSupport

/// How soon a publisher sees that its request is done, while nothing else happens: one request at a time through a real
/// Kafka and a process for each role, to an edge that answers at once.
struct StatusBenchmark {
    /// Between two requests, in milliseconds: no beat of any process must meet all of them.
    private static let pauses = 150...450
    private static let warmUps = 20

    let requests: Int
    let results: Results

    func run() throws {
        let world = try ProcessWorld("bench-status")
        let edge = try PurgeRecorder()
        let port = try freePort()
        let gateway = "http://127.0.0.1:\(port)"
        try world.configure(
            edges: ["{name: recorder, adapter: http, address: \"\(edge.address)\", limits: {requests: none}}"],
            more: "gateway: {listen: \"127.0.0.1:\(port)\"}")
        try world.applyTopics()
        for role in ["projector", "worker", "gateway"] { try world.startRole(role, as: role) }
        try world.waitUntilReady(["127.0.0.1:\(port)"])
        try world.explained {
            var random = SeededGenerator.printed("pauses between requests")
            for _ in 0..<Self.warmUps { _ = try measure(gateway) }
            var fromAccepted: [Duration] = []
            var fromPosted: [Duration] = []
            for _ in 0..<requests {
                usleep(UInt32(Int.random(in: Self.pauses, using: &random)) * 1_000)
                let seen = try measure(gateway)
                fromAccepted.append(seen.fromAccepted)
                fromPosted.append(seen.fromPosted)
            }
            report(LatencySummary(fromAccepted), LatencySummary(fromPosted))
        }
    }

    private func report(_ accepted: LatencySummary, _ posted: LatencySummary) {
        print("one request at a time, otherwise idle; everything, the broker included, on this machine")
        print("accepted -> completed is seen: \(accepted)")
        print("posted -> completed is seen:   \(posted)")
        let name = "accepted until completed is seen"
        results.add("\(name), p50", accepted.median / .milliseconds(1), "ms", atMost: 30)
        results.add("\(name), p99", accepted.p99 / .milliseconds(1), "ms", atMost: 80)
    }

    /// Publishes one request and waits until its status says `completed`.
    private func measure(_ gateway: String) throws -> (fromAccepted: Duration, fromPosted: Duration) {
        let posted = MonotonicTime.now()
        let answer = try HTTPFetch.perform(
            HTTPClientRequest(
                method: "POST", url: gateway + "/invalidate", headers: [("Content-Type", "application/json")],
                body: Array(#"{"namespace":"shop","tags":["product-42"]}"#.utf8)))
        let accepted = MonotonicTime.now()
        guard answer.status == 202, let id = try text(of: "id", in: answer) else {
            throw BenchmarkError("not accepted: \(answer.status) \(String(decoding: answer.body, as: UTF8.self))")
        }
        let status = try HTTPFetch.perform(
            HTTPClientRequest(url: gateway + "/status/\(id)?wait=20s", timeout: .seconds(30)))
        let seen = MonotonicTime.now()
        guard status.status == 200, try text(of: "status", in: status) == "completed" else {
            throw BenchmarkError("not completed: \(status.status) \(String(decoding: status.body, as: UTF8.self))")
        }
        return (seen - accepted, seen - posted)
    }

    private func text(of key: StaticString, in answer: HTTPClientResponse) throws -> String? {
        try JSONParser(bytesMax: 1 << 20).parse(answer.body) { $0[key]?.string }
    }
}
