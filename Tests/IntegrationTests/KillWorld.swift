import Foundation
import Invalidations
import TestSupport
import Views

/// A broker, seven edges and processes of Cache Sync, to be killed. Five edges are well, one takes
/// two seconds for each call, and one is down until it is told to come up.
final class KillWorld {
    static let edges = 7
    static let namespaces = 200
    static let requests = 20_000
    /// In a namespace of its own, at the same time.
    static let noise = 4_000
    static let noisyNamespace = "noisy"
    static let all = requests + noise
    /// Long enough for a restarted broker, short enough that a killed worker's partitions move on soon.
    private static let sessionTimeout = "6s"

    let recorder: PurgeRecorder
    private let others: [PurgeRecorder]
    private let slow: PurgeRecorder
    private let latePort: Int
    private var late: PurgeRecorder?
    private let nginx: LoggingNginx
    private let varnish: LoggingVarnish
    private let world: ProcessWorld

    init() throws {
        world = try ProcessWorld("kill")
        recorder = try PurgeRecorder()
        others = [try PurgeRecorder(), try PurgeRecorder()]
        slow = try PurgeRecorder(pause: .seconds(2))
        latePort = try freePort()
        nginx = try LoggingNginx()
        varnish = try LoggingVarnish()
        let addresses = [
            "recorder-1": recorder.address, "recorder-2": others[0].address, "recorder-3": others[1].address,
            "slow": slow.address, "late": "http://127.0.0.1:\(latePort)",
        ]
        let recorders = addresses.sorted { $0.key < $1.key }.map { name, address in
            "{name: \(name), adapter: http, address: \"\(address)\", limits: {requests: none}}"
        }
        let servers = [
            "{name: nginx-1, adapter: nginx, address: \"\(nginx.url)\", unsupported: skip, connections: 4}",
            "{name: varnish-1, adapter: varnish, address: \"\(varnish.url)\", connections: 4}",
        ]
        try world.configure(edges: recorders + servers, kafka: ["sessionTimeout: \(Self.sessionTimeout)"])
    }

    func applyTopics() throws { try world.applyTopics() }

    func startWorker(_ number: Int) throws {
        try world.startRole("worker", as: "worker-\(number)", ["--name", "worker-\(number)"])
    }

    func startProjector() throws {
        try world.startRole("projector", as: "projector")
    }

    func killWorker(_ number: Int) {
        world.kill("worker-\(number)")
    }

    /// - Returns: the exit code of a worker that was asked to stop.
    func stopWorker(_ number: Int) throws -> Int32? {
        try world.stop("worker-\(number)")
    }

    func killAndRestartProjector() throws {
        world.kill("projector")
        try startProjector()
    }

    func restartBroker() throws {
        try world.broker.stop()
        try world.broker.startBroker()
    }

    /// The Python example twice, with as many requests as fast as it can.
    func publish() throws -> [ChildProcess] {
        [
            try publish(
                "published",
                [
                    "--namespace", "shop", "--namespaces", String(Self.namespaces), "--count", String(Self.requests),
                    "--tag", "item-{n}", "--url", "http://shop.example/p/{n}",
                ]),
            try publish(
                "published-noise",
                [
                    "--namespace", Self.noisyNamespace, "--count", String(Self.noise), "--tag", "noise-{n}", "--url",
                    "http://shop.example/noise/noise-{n}",
                ]),
        ]
    }

    private func publish(_ output: String, _ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(
            ["/usr/bin/python3", "\(Checkout.path)/Examples/publish.py", "--brokers", world.broker.brokers[0]]
                + arguments,
            output: file(output))
    }

    func publishedIDs() throws -> Set<RequestID> {
        var ids: Set<RequestID> = []
        for name in ["published", "published-noise"] {
            let lines = try String(contentsOfFile: file(name), encoding: .utf8).split(separator: "\n")
            // Between the ids, the client library may have said something of its own.
            ids.formUnion(lines.compactMap { RequestID(String($0)) })
        }
        return ids
    }

    func bringUpLateEdge() throws {
        late = try PurgeRecorder(port: latePort)
    }

    func waitForArrivals(_ count: Int) throws {
        try world.explained {
            try eventually("\(count) requests reached the first edge", within: .seconds(120)) {
                recorder.count >= count
            }
        }
    }

    func waitUntilEnded(_ count: Int) throws {
        try world.explained {
            try eventually("all requests ended", within: .seconds(240)) { try endedCount() >= count }
        }
    }

    /// Requests that have ended, as far as the view knows.
    func endedCount() throws -> Int {
        try ViewReader(path: file("view.db")).counts().filter(\.key.isTerminal).values.reduce(0, +)
    }

    func rows() throws -> [RequestID: StatusRecord] {
        try rows(of: "view.db")
    }

    /// The rows of a second view, folded by a projector of its own from the beginning of the topic.
    func rowsFoldedAgain() throws -> [RequestID: StatusRecord] {
        _ = try world.stop("projector")
        let original = ViewReader(path: file("view.db"))
        let second = try world.startRole("projector", as: "second", ["--view", file("second.db")])
        defer { second.kill() }
        let target = try original.watermarks().map(\.nextOffset)
        let reader = ViewReader(path: file("second.db"))
        try eventually("the second view has caught up", within: .seconds(120)) {
            (try? reader.watermarks().map(\.nextOffset)) == target
        }
        return try rows(of: "second.db")
    }

    /// What came to the edges that are not well, in whatever order.
    var troubledCounts: [String: Int] { ["slow": slow.count, "late": late?.count ?? 0] }

    /// By edge that is well and namespace, the requests in the order of their first arrival; without the noise.
    func arrivals() throws -> [String: [String: [String]]] {
        var arrivals = ["recorder-1": recorder.order, "recorder-2": others[0].order, "recorder-3": others[1].order]
        arrivals["nginx-1"] = try nginx.arrivals()
        arrivals["varnish-1"] = try varnish.arrivals()
        return arrivals.mapValues { namespaces in namespaces.filter { $0.key != Self.noisyNamespace } }
    }

    private func file(_ name: String) -> String { world.directory.file(name) }

    private func rows(of name: String) throws -> [RequestID: StatusRecord] {
        var rows: [RequestID: StatusRecord] = [:]
        try ViewReader(path: file(name)).forEachRecord { rows[$0.id] = $0 }
        return rows
    }
}

struct KillWorldError: Error, CustomStringConvertible {
    let description: String
}
