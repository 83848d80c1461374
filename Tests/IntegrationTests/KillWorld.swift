import Foundation
import Invalidations
import TestSupport
import Views

/// A broker, five edges and the processes of Cache Sync, each to be killed on its own.
final class KillWorld {
    static let edges = 5
    static let namespaces = 200
    static let requests = 20_000
    /// Long enough for a restarted broker, short enough that a killed worker's partitions move on soon.
    private static let sessionTimeout = "6s"

    let recorder: PurgeRecorder
    private let others: [PurgeRecorder]
    private let nginx: LoggingNginx
    private let varnish: LoggingVarnish
    private let world: ProcessWorld

    init() throws {
        world = try ProcessWorld("kill")
        recorder = try PurgeRecorder()
        others = [try PurgeRecorder(), try PurgeRecorder()]
        nginx = try LoggingNginx()
        varnish = try LoggingVarnish()
        let recorders = ([recorder] + others).enumerated().map { number, recorder in
            """
            {name: recorder-\(number + 1), adapter: http, address: "\(recorder.address)", limits: {requests: none}}
            """
        }
        let servers = [
            "{name: nginx-1, adapter: nginx, address: \"\(nginx.url)\", unsupported: skip}",
            "{name: varnish-1, adapter: varnish, address: \"\(varnish.url)\"}",
        ]
        try world.configure(edges: recorders + servers, kafka: ["sessionTimeout: \(Self.sessionTimeout)"])
    }

    func applyTopics() throws { try world.applyTopics() }

    func startWorker(_ number: Int) throws {
        try world.start("worker", as: "worker-\(number)", ["--name", "worker-\(number)"])
    }

    func startProjector() throws {
        try world.start("projector", as: "projector")
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
        try world.broker.start()
    }

    /// The Python example, with as many requests as fast as it can.
    func publish(requests: Int, namespaces: Int) throws -> ChildProcess {
        try ChildProcess(
            [
                "/usr/bin/python3", "\(Checkout.path)/Examples/publish.py", "--brokers", world.broker.brokers[0],
                "--namespace", "shop", "--namespaces", String(namespaces), "--count", String(requests),
                "--tag", "item-{n}", "--url", "http://shop.example/p/{n}",
            ],
            output: file("published"))
    }

    func publishedIDs() throws -> Set<RequestID> {
        let lines = try String(contentsOfFile: file("published"), encoding: .utf8).split(separator: "\n")
        // Between the ids, the client library may have said something of its own.
        return Set(lines.compactMap { RequestID(String($0)) })
    }

    func waitForArrivals(_ count: Int) throws {
        try world.explained {
            try eventually("\(count) requests reached the first edge", within: .seconds(60)) { recorder.count >= count }
        }
    }

    func waitUntilEnded(_ count: Int) throws {
        try world.explained {
            try eventually("all requests ended", within: .seconds(90)) { try endedCount() >= count }
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
        let second = try world.start("projector", as: "second", ["--view", file("second.db")])
        defer { second.kill() }
        let target = try original.watermarks().map(\.nextOffset)
        let reader = ViewReader(path: file("second.db"))
        try eventually("the second view has caught up", within: .seconds(60)) {
            (try? reader.watermarks().map(\.nextOffset)) == target
        }
        return try rows(of: "second.db")
    }

    /// By edge and namespace, the requests in the order of their first arrival.
    func arrivals() throws -> [String: [String: [String]]] {
        var arrivals = ["recorder-1": recorder.order, "recorder-2": others[0].order, "recorder-3": others[1].order]
        arrivals["nginx-1"] = try nginx.arrivals()
        arrivals["varnish-1"] = try varnish.arrivals()
        return arrivals
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
