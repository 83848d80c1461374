import Foundation
import HTTP
import TestSupport

/// Cache nodes with durable writes, and all that they need, to be killed and frozen.
final class CacheKillWorld {
    enum Fault: CaseIterable {
        case killFirst
        case killSecond
        case killBoth
        case freezeNode
        case killDatabase
        case killBroker
        case killWorker
    }

    /// Of the writes topic, as it is shipped.
    private static let partitions = 12

    /// The URL of the database.
    let url: String
    let clients: CacheClients
    let edge: PurgeRecorder
    private let database: PostgresServer
    private let world: ProcessWorld
    private var nodes: [Int: ChildProcess] = [:]

    /// Everything runs, and the nodes share all keys.
    init() throws {
        database = try PostgresServer()
        url = try database.createDatabase()
        world = try ProcessWorld("cache-kills")
        edge = try PurgeRecorder()
        clients = CacheClients(ports: [try freePort(), try freePort()])
        try world.configure(
            edges: ["{name: recorder, adapter: http, address: \"\(edge.address)\", limits: {requests: none}}"],
            kafka: ["sessionTimeout: 2s"], more: "cache: {database: \"\(url)\", flushAfter: 200ms}")
        try world.applyTopics()
        for number in clients.ports.indices { try startNode(number) }
        try startWorker()
        try world.waitUntilReady(clients.ports.map { "127.0.0.1:\($0)" })
        try explained { try waitUntilShared() }
    }

    func explained<R>(_ body: () throws -> R) throws -> R { try world.explained(body) }

    func runCommand(_ words: [String]) throws -> (exitCode: Int32, output: String) { try world.runCommand(words) }

    func cause(_ fault: Fault, during traffic: CacheTraffic, _ random: inout SeededGenerator) throws {
        switch fault {
        case .killFirst: try killNodes([0])
        case .killSecond: try killNodes([1])
        case .killBoth: try killNodes([0, 1])
        case .freezeNode: try freezeNode(Int.random(in: 0...1, using: &random), during: traffic)
        case .killDatabase:
            // A partition that is claimed meanwhile has to wait for the database, and its writes with it.
            try waitUntilShared()
            database.kill()
            try traffic.waitForMore(100)
            try database.restart()
        case .killBroker:
            world.broker.kill()
            try world.broker.startBroker()
        case .killWorker:
            world.kill("worker")
            try startWorker()
        }
    }

    private func startNode(_ number: Int) throws {
        let address = "127.0.0.1:\(clients.ports[number])"
        nodes[number] = try world.startRole(
            "cache", as: "node-\(number)", ["--cache", address],
            environment: ["CACHESYNC_CACHE_ADVERTISE": "http://\(address)"])
    }

    private func startWorker() throws { try world.startRole("worker", as: "worker") }

    private func killNodes(_ numbers: [Int]) throws {
        for number in numbers { world.kill("node-\(number)") }
        for number in numbers { try startNode(number) }
    }

    /// The other node owns all keys before it goes on where it was.
    private func freezeNode(_ number: Int, during traffic: CacheTraffic) throws {
        clients.avoid(clients.ports[number])
        nodes[number]?.signal(SIGSTOP)
        let other = clients.ports[1 - number]
        try eventually("the other node owns all partitions", within: .seconds(60)) {
            let counts = partitionCounts(other)
            return counts.owned == Self.partitions && counts.restoring == 0
        }
        try traffic.waitForMore(50)
        nodes[number]?.signal(SIGCONT)
        try waitUntilShared()
        clients.avoid(nil)
    }

    /// Until all partitions are owned, and none is about to change hands.
    private func waitUntilShared() throws {
        try eventually("the nodes share all partitions", within: .seconds(60)) {
            let counts = clients.ports.map(partitionCounts)
            return counts.allSatisfy { $0.owned > 0 && $0.restoring == 0 }
                && counts.reduce(0) { $0 + $1.owned } == Self.partitions
        }
    }

    /// Of a node that does not answer, 0.
    private func partitionCounts(_ port: Int) -> (owned: Int, restoring: Int?) {
        let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/cache/stats", timeout: .seconds(2))
        let answer = try? HTTPFetch.perform(request)
        let stats = try? JSONSerialization.jsonObject(with: Data(answer?.body ?? []))
        let writes = (stats as? [String: Any])?["writes"] as? [String: Any] ?? [:]
        return (writes["ownedPartitions"] as? Int ?? 0, writes["restoringPartitions"] as? Int)
    }
}
