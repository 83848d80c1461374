import Foundation
import HTTP
import Kafka
import Storage
import TestSupport
import Testing

/// Cache nodes with durable writes, while they, their broker and their database are killed.
@Suite(
    .serialized,
    .enabled(
        if: PostgresServer.isAvailable && KafkaCluster.isAvailable,
        Comment(rawValue: PostgresServer.missing ?? KafkaCluster.missing ?? "")))
struct CacheKillTests {
    private enum Fault: CaseIterable {
        case killFirst
        case killSecond
        case killBoth
        case killDatabase
        case killBroker
    }

    /// No acknowledged write is lost, and nobody reads an older value than the one that was acknowledged last.
    @Test(.timeLimit(.minutes(5)))
    func noWriteIsLostAndNoReadIsStale() throws {
        var random = SeededGenerator.printed("kills of cache nodes")
        let database = try PostgresServer()
        let url = try database.createDatabase()
        let world = try ProcessWorld("cache-kills")
        let ports = [try freePort(), try freePort()]
        try world.configure(
            edges: ["{name: nobody, adapter: http, address: \"http://127.0.0.1:9\"}"], kafka: ["sessionTimeout: 2s"],
            more: "cache: {database: \"\(url)\", flushAfter: 200ms}")
        try world.applyTopics()
        func startNode(_ number: Int) throws {
            try world.startRole(
                "cache", as: "node-\(number)", ["--cache", "127.0.0.1:\(ports[number])"],
                environment: ["CACHESYNC_CACHE_ADVERTISE": "http://127.0.0.1:\(ports[number])"])
        }
        for number in ports.indices { try startNode(number) }
        try world.waitUntilReady(ports.map { "127.0.0.1:\($0)" })
        let traffic = CacheTraffic(ports: ports, clients: 4, seed: random.next())
        for fault in Fault.allCases.shuffled(using: &random) {
            print("fault: \(fault)")
            try world.explained { try traffic.waitForMore(200) }
            switch fault {
            case .killFirst: try killNodes([0])
            case .killSecond: try killNodes([1])
            case .killBoth: try killNodes([0, 1])
            case .killDatabase:
                // A partition that is claimed meanwhile has to wait for the database, and its writes with it.
                try world.explained { try waitUntilShared(ports) }
                database.kill()
                try world.explained { try traffic.waitForMore(100) }
                try database.restart()
            case .killBroker:
                world.broker.kill()
                try world.broker.startBroker()
            }
            func killNodes(_ numbers: [Int]) throws {
                for number in numbers { world.kill("node-\(number)") }
                for number in numbers { try startNode(number) }
            }
        }
        try world.explained { try traffic.waitForMore(200) }
        let (wanted, wrong, acknowledged) = try traffic.finish()
        #expect(wrong.isEmpty, "\(wrong.prefix(10))")
        #expect(acknowledged > 1_200)
        print("\(acknowledged) writes of \(wanted.count) keys")
        try world.explained {
            try eventually("the database has the newest of each key", within: .seconds(60)) {
                try Self.different(wanted, from: rows(url)).isEmpty
            }
        }
    }

    /// A client that got no answer sends its write again, after the node that had it was killed.
    @Test(.timeLimit(.minutes(3)))
    func aRepetitionIsKnownAfterAKill() throws {
        let url = try PostgresCluster.createDatabase()
        let world = try ProcessWorld("cache-repeats")
        let ports = [try freePort(), try freePort()]
        // Nothing is flushed before the kill: the log alone tells.
        try world.configure(
            edges: ["{name: nobody, adapter: http, address: \"http://127.0.0.1:9\"}"], kafka: ["sessionTimeout: 2s"],
            more: """
                gateway: {hosts: [test]}
                cache: {database: "\(url)", flushAfter: 1h, flushCount: 1000}
                """)
        try world.applyTopics()
        for (number, port) in ports.enumerated() {
            try world.startRole(
                "cache", as: "node-\(number)", ["--cache", "127.0.0.1:\(port)"],
                environment: ["CACHESYNC_CACHE_ADVERTISE": "http://127.0.0.1:\(port)"])
        }
        try world.waitUntilReady(ports.map { "127.0.0.1:\($0)" })
        func post(_ port: Int, _ key: String, _ value: Int, _ headers: [String] = []) throws -> RawAnswer {
            try RawHTTP.post(port, "{\"value\":\(value)}", to: "/cache?key=\(key)", headers: headers)
        }
        let keys = (0..<6).map { "k\($0)" }
        try world.explained {
            for key in keys {
                try eventually("\(key) is written", within: .seconds(60)) {
                    try post(ports[0], key, 1, ["Idempotency-Key: first-\(key)"]).status == 200
                }
            }
            world.kill("node-0")
            for key in keys {
                try eventually("\(key) is written by somebody else", within: .seconds(60)) {
                    try post(ports[1], key, 2).status == 200
                }
                #expect(try post(ports[1], key, 1, ["Idempotency-Key: first-\(key)"]).status == 200)
                #expect(try post(ports[1], key, 3, ["Idempotency-Key: first-\(key)"]).status == 422)
                #expect(try RawHTTP.get(ports[1], "/cache?key=\(key)").text == "2")
            }
        }
    }

    /// Keys whose row is none of those that it may be.
    /// Until all partitions are owned, and none is about to change hands.
    private func waitUntilShared(_ ports: [Int]) throws {
        try eventually("the nodes share all partitions", within: .seconds(60)) {
            // A node that was just started does not answer yet.
            let answers = ports.map {
                try? HTTPFetch.perform(HTTPClientRequest(url: "http://127.0.0.1:\($0)/cache/stats"))
            }
            let writes = answers.map { answer -> [String: Any] in
                let stats = try? JSONSerialization.jsonObject(with: Data(answer?.body ?? []))
                return (stats as? [String: Any])?["writes"] as? [String: Any] ?? [:]
            }
            let owned = writes.map { $0["ownedPartitions"] as? Int ?? 0 }
            return owned.allSatisfy { $0 > 0 } && owned.reduce(0, +) == Self.partitions
                && writes.allSatisfy { $0["restoringPartitions"] as? Int == 0 }
        }
    }

    /// Of the writes topic, as it is shipped.
    private static let partitions = 12

    private static func different(_ wanted: [String: [Int]], from rows: [String: Int]) -> [String] {
        wanted.filter { key, values in !values.contains(rows[key] ?? -1) }.keys.sorted()
    }

    private func rows(_ url: String) throws -> [String: Int] {
        var options = PostgresConnection.Options()
        options.schemaName = "cachesync_cache"
        let connection = try PostgresConnection(PostgresAddress(url), options: options)
        var rows: [String: Int] = [:]
        try connection.run("SELECT key, value FROM entries").forEachRow { row in
            rows[String(decoding: row.bytes(0), as: UTF8.self)] = Int(String(decoding: row.bytes(1), as: UTF8.self))
        }
        return rows
    }
}
