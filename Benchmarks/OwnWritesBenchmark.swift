import Foundation
import HTTP
import Invalidations
import JSON
import Kafka
import Synchronization
import TestSupport
import TopicCatalogue
import Views

/// Whether publishers read their own writes while projector and gateways are killed again and again.
///
/// What one gateway has accepted is read at the other, at once and until it has ended. Nothing that was accepted may be
/// unknown, no state may go back, all of it must be in the log, and the view must be what a fold from the beginning is.
final class OwnWritesBenchmark: Sendable {
    private static let threads = 8
    private static let killPause = Duration.milliseconds(400)
    /// How often an id is read before its publisher goes on.
    private static let reads = 6
    private static let ranks = ["queued": 0, "processing": 1, "completed": 2, "failed": 2]

    private struct Findings {
        var accepted: [String: String] = [:]
        var reads = 0
        var unanswered = 0
        var unpublished = 0
        var unknown: [String] = []
        var backwards: [String] = []
    }

    private let requests: Int
    private let kills: Int
    private let isOnFile: Bool
    private let findings = Mutex(Findings())
    private let next = Mutex(0)

    init(requests: Int, kills: Int, isOnFile: Bool) {
        self.requests = requests
        self.kills = kills
        self.isOnFile = isOnFile
    }

    func run() throws {
        let world = try ProcessWorld("own-writes")
        let edge = try PurgeRecorder()
        let gateways = try (0..<2).map { _ in "127.0.0.1:\(try freePort())" }
        let url = isOnFile ? nil : try PostgresCluster.createDatabase()
        try world.configure(
            edges: ["{name: edge, adapter: http, address: \"\(edge.address)\", limits: {requests: none}}"], view: url)
        try world.applyTopics()
        let roles = ["projector", "gateway-0", "gateway-1"]
        func startRole(_ name: String) throws {
            guard let number = name.last?.wholeNumberValue else { return try startProcess("projector", name, []) }
            try startProcess("gateway", name, ["--listen", gateways[number]])
        }
        func startProcess(_ role: String, _ name: String, _ arguments: [String]) throws {
            try world.startRole(role, as: name, arguments)
        }
        try world.startRole("worker", as: "worker")
        for name in roles { try startRole(name) }
        try world.waitUntilReady(gateways)
        let begin = ContinuousClock.now
        let left = Mutex(Self.threads)
        for _ in 0..<Self.threads {
            Thread { [self] in
                while let number = takeNumber() { publishAndRead(number, gateways) }
                left.withLock { $0 -= 1 }
            }.start()
        }
        var killed = 0
        while left.withLock({ $0 > 0 }) {
            Thread.sleep(forTimeInterval: Self.killPause / .seconds(1))
            guard killed < kills else { continue }
            let name = roles[killed % roles.count]
            world.kill(name)
            try startRole(name)
            killed += 1
        }
        let seconds = begin.duration(to: .now) / .seconds(1)
        let found = findings.withLock { $0 }
        print(
            "\(found.accepted.count) of \(requests) accepted and \(found.reads) reads in \(Int(seconds)) s, "
                + "\(killed) SIGKILLs, view: \(isOnFile ? "SQLite" : "PostgreSQL")")
        print("no answer, tried again: \(found.unpublished) publications, \(found.unanswered) reads")
        report("unknown (404)", found.unknown)
        report("went back", found.backwards)
        try world.explained {
            try judgeEnd(world, url, Set(found.accepted.keys))
        }
        for role in roles + ["worker"] { world.kill(role) }
    }

    // MARK: - Publishers

    private func takeNumber() -> Int? {
        next.withLock { next in
            guard next < requests else { return nil }
            next += 1
            return next
        }
    }

    private func publishAndRead(_ number: Int, _ gateways: [String]) {
        // The same key at whichever gateway answers: one request, however often it is sent.
        var turn = number
        var id: String?
        while id == nil {
            id = publish(number, at: gateways[turn % 2])
            turn += 1
            if id == nil {
                findings.withLock { $0.unpublished += 1 }
                Thread.sleep(forTimeInterval: 0.02)
            }
        }
        guard let id else { return }
        findings.withLock { $0.accepted[id] = "queued" }
        for read in 0..<Self.reads {
            look(id, at: gateways[(turn + read) % 2])
            Thread.sleep(forTimeInterval: 0.01 * Double(1 << read) / 4)
        }
    }

    private func publish(_ number: Int, at gateway: String) -> String? {
        let body = #"{"namespace":"shop-\#(number % 20)","tags":["tag-\#(number)"]}"#
        let answer = try? HTTPFetch.perform(
            HTTPClientRequest(
                method: "POST", url: "http://\(gateway)/invalidate",
                headers: [("Content-Type", "application/json"), ("Idempotency-Key", "own-\(number)")],
                body: Array(body.utf8), timeout: .seconds(10)))
        guard let answer, answer.status == 202 else { return nil }
        return Self.text("id", answer)
    }

    /// Reads until there is an answer at all: a gateway that was killed is back in a moment.
    private func look(_ id: String, at gateway: String) {
        for _ in 0..<500 {
            if let answer = try? Self.get("http://\(gateway)/status/\(id)"), [200, 404].contains(answer.status) {
                return judge(id, answer, at: gateway)
            }
            findings.withLock { $0.unanswered += 1 }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    private func judge(_ id: String, _ answer: HTTPClientResponse, at gateway: String) {
        let status = Self.text("status", answer) ?? ""
        findings.withLock { findings in
            findings.reads += 1
            guard answer.status == 200 else { return findings.unknown.append("\(id) at \(gateway)") }
            let before = findings.accepted[id] ?? ""
            if Self.ranks[status] ?? -1 < Self.ranks[before] ?? 0 {
                findings.backwards.append("\(id): \(before), then \(status) at \(gateway)")
            }
            findings.accepted[id] = status
        }
    }

    private static func get(_ url: String) throws -> HTTPClientResponse {
        try HTTPFetch.perform(HTTPClientRequest(url: url, timeout: .seconds(10)))
    }

    private static func text(_ key: String, _ answer: HTTPClientResponse) -> String? {
        (try? JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])?[key] as? String
    }

    // MARK: - In the end

    private func judgeEnd(_ world: ProcessWorld, _ url: String?, _ accepted: Set<String>) throws {
        let location = try url.map { try ViewLocation.postgres(url: $0) } ?? .file(world.directory.file("view.db"))
        let reader = ViewReader(location)
        try eventually("all requests are completed", within: .seconds(120)) {
            (try? reader.counts())?[.completed] ?? 0 >= accepted.count
        }
        let logged = try loggedRequests(world)
        report("accepted, and not in the log", accepted.subtracting(logged.keys).sorted())
        let twice = logged.filter { $0.value > 1 }.count
        print("in the log: \(logged.count) requests, \(twice) of them more than once (sent again after a kill)")
        _ = try world.stop("projector")
        let rows = try self.rows(reader)
        // The same log, folded into a view of its own from the beginning.
        let path = world.directory.file("again.db")
        try world.configure(edges: ["{name: edge, adapter: http, address: \"http://127.0.0.1:9\"}"])
        let second = try world.startRole("projector", as: "again", ["--view", path])
        defer { second.kill() }
        let target = try reader.watermarks().map(\.nextOffset)
        let reread = ViewReader(path: path)
        try eventually("the second view has caught up", within: .seconds(120)) {
            (try? reread.watermarks().map(\.nextOffset)) == target
        }
        let different = try self.rows(reread).filter { rows[$0.key] != $0.value }.map { "\($0.key)" }
        print("the view has \(rows.count) rows")
        report("rows that differ from a fold from the beginning", different)
    }

    private func rows(_ reader: ViewReader) throws -> [RequestID: StatusRecord] {
        var rows: [RequestID: StatusRecord] = [:]
        try reader.forEachRecord { rows[$0.id] = $0 }
        return rows
    }

    /// By id, how often it stands in the invalidation topics.
    private func loggedRequests(_ world: ProcessWorld) throws -> [String: Int] {
        var counts: [String: Int] = [:]
        let parser = JSONParser(bytesMax: 1 << 20)
        let bounds = Dictionary(
            TopicName.invalidations.flatMap { Partitions.all(of: $0) }.map {
                ($0, LogBounds(from: .beginning, until: .end))
            }
        ) { $1 }
        let ranges = try LogRangeResolver(world.broker.configuration).resolve(bounds, timeout: .seconds(20))
        try LogRangeReader.readAll(world.broker.configuration, ranges.map(\.range)) { record in
            guard let value = record.value else { return }
            if let id = try parser.parse(value, { $0["id"]?.string }) { counts[id, default: 0] += 1 }
        }
        return counts
    }

    private func report(_ what: String, _ list: [String]) {
        print("\(what): \(list.count)" + (list.isEmpty ? "" : ", such as \(list.prefix(3).joined(separator: "; "))"))
    }
}
