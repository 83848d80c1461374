import Foundation
import HTTP
import Runtime
import TestSupport

/// What many live streams cost a gateway: memory and time while nothing happens, and how soon an event is there.
struct StreamsBenchmark {
    private static let memoryMax = 300  // MB
    private static let idleTime = 30  // seconds
    private static let pauses = 20...60  // milliseconds
    private static let published = 300
    private static let rounds = 10

    let streams: Int

    func run() throws {
        let world = try ProcessWorld("bench-streams")
        let edge = try PurgeRecorder()
        let port = try freePort()
        let bounds = "streamsMax: \(streams + 10), streamsPerClient: \(streams + 10), connectionsPerAddress: 0"
        try world.configure(
            edges: ["{name: recorder, adapter: http, address: \"\(edge.address)\", limits: {requests: none}}"],
            more: "gateway: {listen: \"127.0.0.1:\(port)\", \(bounds)}")
        try world.applyTopics()
        for role in ["projector", "worker"] { try world.startRole(role, as: role) }
        let gateway = try world.startRole("gateway", as: "gateway")
        try world.waitUntilReady(["127.0.0.1:\(port)"])
        try world.explained { try measure(port, gateway.identifier) }
    }

    private func measure(_ port: Int, _ process: Int32) throws {
        let before = ProcessFigures.kilobytes("VmRSS:", of: process) / 1_024
        let opening = MonotonicTime.now()
        let idle = try (0..<streams).map { _ in
            try EventStreamClient(port: port, "/events?namespace=idle", patience: 60)
        }
        let watch = try EventStreamClient(port: port, "/events?namespace=shop")
        print("\(streams) streams were opened in \((MonotonicTime.now() - opening) / .milliseconds(1)) ms")
        let used = try Self.processorTime(process)
        Thread.sleep(forTimeInterval: Double(Self.idleTime))
        let share = (try Self.processorTime(process) - used) / Double(Self.idleTime)
        let after = ProcessFigures.kilobytes("VmRSS:", of: process) / 1_024
        print("memory of the gateway: \(before) MB before, \(after) MB with \(streams) idle streams")
        print("\(after <= Self.memoryMax ? "within" : "NOT within") \(Self.memoryMax) MB")
        print("idle streams take \((share * 1_000).rounded() / 10) % of a processor, their beats included")
        var random = SeededGenerator.printed("pauses between requests")
        var delays: [Duration] = []
        for _ in 0..<Self.published {
            usleep(UInt32(Int.random(in: Self.pauses, using: &random)) * 1_000)
            let posted = MonotonicTime.now()
            try publish(port, "shop")
            guard try watch.next("invalidation") != nil else { throw BenchmarkError("the stream has ended") }
            delays.append(MonotonicTime.now() - posted)
        }
        print("posted -> the event is read: \(LatencySummary(delays))")
        delays = []
        for _ in 0..<Self.rounds {
            let posted = MonotonicTime.now()
            try publish(port, "idle")
            for client in idle where try client.next("invalidation") == nil {
                throw BenchmarkError("a stream has ended")
            }
            delays.append(MonotonicTime.now() - posted)
        }
        print("posted -> all \(streams) have read it, one after the other: \(LatencySummary(delays))")
        print("most memory ever: \(ProcessFigures.kilobytes("VmHWM:", of: process) / 1_024) MB")
    }

    private func publish(_ port: Int, _ namespace: String) throws {
        let answer = try HTTPFetch.perform(
            HTTPClientRequest(
                method: "POST", url: "http://127.0.0.1:\(port)/invalidate",
                headers: [("Content-Type", "application/json")],
                body: Array("{\"namespace\":\"\(namespace)\",\"tags\":[\"product-42\"]}".utf8)))
        guard answer.status == 202 else { throw BenchmarkError("not accepted: \(answer.status)") }
    }

    /// Seconds of processor time that the process has used.
    private static func processorTime(_ process: Int32) throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        // The name, in parentheses, may hold blanks.
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
