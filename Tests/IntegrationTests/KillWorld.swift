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
    private let broker: KafkaBroker
    private let directory: TemporaryDirectory
    private var workers: [Int: ChildProcess] = [:]
    private var projector: ChildProcess?

    init() throws {
        directory = try TemporaryDirectory("kill")
        broker = try KafkaBroker()
        recorder = try PurgeRecorder()
        others = [try PurgeRecorder(), try PurgeRecorder()]
        nginx = try LoggingNginx()
        varnish = try LoggingVarnish()
        try directory.write("cachesync.yaml", configuration)
    }

    private var configuration: String {
        let recorders = ([recorder] + others).enumerated().map { number, recorder in
            "  - {name: recorder-\(number + 1), adapter: http, address: \"\(recorder.address)\", "
                + "limits: {requests: none}}"
        }
        return """
            kafka:
              brokers: ["\(broker.brokers[0])"]
              sessionTimeout: \(Self.sessionTimeout)
            view:
              path: "\(directory.file("view.db"))"
            log:
              level: info
              format: text
            edges:
            \(recorders.joined(separator: "\n"))
              - {name: nginx-1, adapter: nginx, address: "\(nginx.url)", unsupported: skip}
              - {name: varnish-1, adapter: varnish, address: "\(varnish.url)"}

            """
    }

    func applyTopics() throws {
        let result = try BuiltCommand.run(["topics", "apply"] + options)
        guard result.exitCode == 0 else { throw KillWorldError(description: "topics apply: \(result.output)") }
    }

    func startWorker(_ number: Int) throws {
        workers[number] = try start("worker", "worker-\(number)", ["--name", "worker-\(number)"])
    }

    func startProjector() throws {
        projector = try start("projector", "projector", [])
    }

    func killWorker(_ number: Int) {
        workers[number]?.kill()
    }

    /// - Returns: the exit code of a worker that was asked to stop.
    func stopWorker(_ number: Int) throws -> Int32? {
        workers[number]?.signal(SIGTERM)
        return try explained { try workers[number]?.waitForExit(within: .seconds(40)) }
    }

    func killAndRestartProjector() throws {
        projector?.kill()
        try startProjector()
    }

    func restartBroker() throws {
        try broker.stop()
        try broker.start()
    }

    /// The Python example, with as many requests as fast as it can.
    func publish(requests: Int, namespaces: Int) throws -> ChildProcess {
        try ChildProcess(
            [
                "/usr/bin/python3", "\(Checkout.path)/Examples/publish.py", "--brokers", broker.brokers[0],
                "--namespace", "shop", "--namespaces", String(namespaces), "--count", String(requests),
                "--tag", "item-{n}", "--url", "http://shop.example/p/{n}",
            ],
            output: directory.file("published"))
    }

    func publishedIDs() throws -> Set<RequestID> {
        let lines = try String(contentsOfFile: directory.file("published"), encoding: .utf8).split(separator: "\n")
        // Between the ids, the client library may have said something of its own.
        return Set(lines.compactMap { RequestID(String($0)) })
    }

    func waitForArrivals(_ count: Int) throws {
        try explained {
            try eventually("\(count) requests reached the first edge", within: .seconds(60)) { recorder.count >= count }
        }
    }

    func waitUntilEnded(_ count: Int) throws {
        let reader = ViewReader(path: directory.file("view.db"))
        try explained {
            try eventually("all requests ended", within: .seconds(90)) {
                try reader.counts().filter(\.key.isTerminal).values.reduce(0, +) >= count
            }
        }
    }

    func rows() throws -> [RequestID: StatusRecord] {
        try rows(of: "view.db")
    }

    /// The rows of a second view, folded by a projector of its own from the beginning of the topic.
    func rowsFoldedAgain() throws -> [RequestID: StatusRecord] {
        projector?.signal(SIGTERM)
        try projector?.waitForExit()
        let original = ViewReader(path: directory.file("view.db"))
        let second = try start("projector", "second", ["--view", directory.file("second.db")])
        defer { second.kill() }
        let target = try original.watermarks().map(\.nextOffset)
        let reader = ViewReader(path: directory.file("second.db"))
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

    private var options: [String] { ["--config", directory.file("cachesync.yaml")] }

    private func start(_ role: String, _ name: String, _ arguments: [String]) throws -> ChildProcess {
        try BuiltCommand.start([role] + options + arguments, output: directory.file("\(name).log"))
    }

    private func rows(of file: String) throws -> [RequestID: StatusRecord] {
        var rows: [RequestID: StatusRecord] = [:]
        try ViewReader(path: directory.file(file)).forEachRecord { rows[$0.id] = $0 }
        return rows
    }

    /// What fails, fails with the last words of every process.
    private func explained<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch {
            throw KillWorldError(description: "\(error)\n\(lastWords)")
        }
    }

    private var lastWords: String {
        ["worker-1", "worker-2", "worker-3", "projector"].map { name in
            let log = (try? String(contentsOfFile: directory.file("\(name).log"), encoding: .utf8)) ?? ""
            return "--- \(name)\n" + log.split(separator: "\n").suffix(15).joined(separator: "\n")
        }.joined(separator: "\n")
    }
}

struct KillWorldError: Error, CustomStringConvertible {
    let description: String
}
