import Foundation
import Invalidations
import Kafka
import Runtime
import Synchronization
import TestSupport
import TopicCatalogue
import Views

/// Replay of a long range, each selector once, and what live traffic notices of it.
struct ReplayBenchmark {
    private static let namespaces = 100
    private static let tags = 120_000
    /// Live requests a second.
    private static let rate = 200
    /// Live requests alone, before the run and after it.
    private static let controlTime = Duration.seconds(30)
    private static let roles = ["gateway", "projector", "worker"]

    let records: Int

    func run() throws {
        let world = try ProcessWorld("bench-replay", heap: "-Xmx1g -Xms1g")
        let edge = try PurgeRecorder()
        let port = try freePort()
        try world.configure(
            edges: ["{name: edge, adapter: http, address: \"\(edge.address)\", limits: {requests: none}}"],
            more: "gateway: {listen: \"127.0.0.1:\(port)\", url: \"http://127.0.0.1:\(port)\"}")
        try world.applyTopics()
        var processes: [String: ChildProcess] = [:]
        for role in Self.roles { processes[role] = try world.startRole(role, as: role) }
        try fill(world, edge)
        print("\(records) records on the log, \(min(records, Self.tags)) different tags, \(edge.calls.count) calls")

        // Live requests go on for longer than the run; those that came while it went on are counted.
        let plan = try plan(world)
        print("plan: \(plan)")
        let first = try traffic(world, edge, "before", for: Self.controlTime) { nil }
        let calls = edge.calls.count
        let replay = try traffic(world, edge, "replayed", for: .seconds(30 + records / 20_000)) {
            try BuiltCommand.startProcess(
                ["replay", "run", "--from", "all", "--coalesce", "--yes"] + world.options,
                output: world.directory.file("run.log"))
        }
        let words = try String(contentsOfFile: world.directory.file("run.log"), encoding: .utf8)
        print(words.split(separator: "\n").suffix(1).joined())
        let live = replay.count
        print("\(edge.calls.count - calls) calls meanwhile, those of \(live) live requests among them")
        let last = try traffic(world, edge, "after", for: Self.controlTime) { nil }
        // Both sides of the run: a machine is not equally fast all the time.
        let alone = LatencySummary(first.latencies + last.latencies)
        let beside = LatencySummary(replay.latencies)
        print("live, before the run:  \(LatencySummary(first.latencies))")
        print("live, after the run:   \(LatencySummary(last.latencies))")
        print("live, alone:           \(alone)")
        print("live, beside the run:  \(beside)")
        print(String(format: "ratio of the p99: %.2f; the run took %.1f s", beside.p99 / alone.p99, replay.seconds))
        for role in Self.roles {
            guard let process = processes[role] else { continue }
            let most = ProcessFigures.kilobytes("VmHWM:", of: process.identifier)
            print(String(format: "%@ %.0f MB at its peak", role.padded, Double(most) / 1024))
        }
        for role in Self.roles { try world.stopAtOnce(role) }
    }

    /// Publishes all, and waits until all is purged and folded.
    private func fill(_ world: ProcessWorld, _ edge: PurgeRecorder) throws {
        let publisher = try RequestPublisher(world.broker.configuration, linger: .milliseconds(20))
        for number in 0..<records {
            try publisher.publish(
                namespace: "bulk-\(number % Self.namespaces)", tag: "item-\(number % Self.tags)")
        }
        try publisher.finish()
        let view = ViewReader(path: world.directory.file("view.db"))
        try world.explained {
            try eventually("all requests are completed", within: .seconds(900)) {
                (try? view.counts())?[.completed] ?? 0 == records
            }
        }
    }

    private func plan(_ world: ProcessWorld) throws -> String {
        let begin = ContinuousClock.now
        let result = try runCommand(
            [BuiltCommand.path, "replay", "plan", "--from", "all", "--coalesce"] + world.options,
            within: .seconds(300))
        guard result.exitCode == 0 else { throw BenchmarkError(result.output) }
        let seconds = begin.duration(to: .now) / .seconds(1)
        return String(format: "%.1f s\n", seconds) + result.output
    }

    private struct Live {
        var latencies: [Duration]
        var count: Int
        var seconds: Double
    }

    /// Live requests, of which those count that came while the process ran, or all without one.
    private func traffic(
        _ world: ProcessWorld, _ edge: PurgeRecorder, _ prefix: String, for duration: Duration,
        beside start: () throws -> ChildProcess?
    ) throws -> Live {
        let publisher = try RequestPublisher(world.broker.configuration)
        let traffic = PacedTraffic(rate: Self.rate, duration: duration)
        // What is slow for the first time is not what is measured.
        _ = try PacedTraffic(rate: Self.rate, duration: .seconds(4)).publish(
            "\(prefix)-first", with: publisher, noisy: publisher)
        let begin = MonotonicTime.now()
        let process = try start()
        let end = Mutex<MonotonicTime?>(nil)
        let watch = Thread {
            _ = try? process?.waitForExit(within: .seconds(900))
            end.withLock { $0 = .now() }
        }
        if process != nil { watch.start() }
        let published = try traffic.publish(prefix, with: publisher, noisy: publisher)
        if process != nil {
            try eventually("the run is over", within: .seconds(900)) { end.withLock { $0 != nil } }
        }
        let until = end.withLock { $0 } ?? .now()
        try eventually("live requests have arrived", within: .seconds(60)) {
            published.requests.indices.allSatisfy { time(of: $0, traffic, prefix, edge) != nil }
        }
        let counted = published.requests.indices.filter { published.requests[$0].dueAt <= until }
        let latencies = counted.compactMap { number in
            time(of: number, traffic, prefix, edge).map { $0 - published.requests[number].dueAt }
        }
        return Live(
            latencies: latencies, count: published.count, seconds: (until - begin) / .seconds(1))
    }

    private func time(
        of number: Int, _ traffic: PacedTraffic, _ prefix: String, _ edge: PurgeRecorder
    ) -> MonotonicTime? {
        edge.arrivals.time(namespace: traffic.namespace(of: number), "\(prefix)-\(number)")
    }
}
