import Foundation
import HTTP
import Kafka
import TestSupport
import Testing

/// Cache nodes with durable writes, while they, their broker and their database are killed.
@Suite(
    .serialized,
    .enabled(
        if: PostgresServer.isAvailable && KafkaCluster.isAvailable,
        Comment(rawValue: PostgresServer.missing ?? KafkaCluster.missing ?? "")))
struct CacheKillTests {
    /// `CACHESYNC_CACHE_KILLS=100` brings so many faults; without it each comes once.
    private static let count =
        ProcessInfo.processInfo.environment["CACHESYNC_CACHE_KILLS"].flatMap { Int($0) }
        ?? CacheKillWorld.Fault.allCases.count

    /// No acknowledged write is lost, nobody reads an older value than the one that was acknowledged last, or one from
    /// before an invalidation, and what the database refuses holds up nothing else.
    @Test(.timeLimit(.minutes(count > CacheKillWorld.Fault.allCases.count ? 60 : 10)))
    func noWriteIsLostAndNoReadIsStale() throws {
        var random = SeededGenerator.printed("kills of cache nodes")
        let world = try CacheKillWorld()
        var rows = try CacheKillRows(world.url)
        let traffic = CacheTraffic(world.clients, clients: 4, seed: random.next())
        let foreign = ForeignRows(world.clients, database: world.url, seed: random.next())
        let purges = PublishedPurges(world.clients, seed: random.next())
        let faults = Self.faults(&random)
        for (number, fault) in faults.enumerated() {
            print("fault \(number + 1): \(fault)")
            try world.explained {
                try traffic.waitForMore(200)
                #expect(foreign.wrong.isEmpty)
                try rows.poisonOne(world.clients, &random)
                try world.cause(fault, during: traffic, &random)
            }
        }
        try world.explained { try traffic.waitForMore(200) }
        let (published, written, changed) = (try purges.finish(), try traffic.finish(), try foreign.finish())
        print(
            "\(faults.count) faults, \(written.acknowledged) writes acknowledged and \(written.unclear) unclear, "
                + "\(written.conditional) on a condition, \(written.deletes) deletes, \(written.wanted.count) keys, "
                + "\(written.reads) reads and \(written.unanswered) unanswered, "
                + "\(changed.reads) reads behind invalidations, "
                + "\(rows.poisoned.count) rows refused, \(published.count) invalidations published")
        #expect(
            written.wrong.isEmpty && changed.wrong.isEmpty, "\(written.wrong.prefix(10)) \(changed.wrong.prefix(10))")
        #expect(written.acknowledged > 200 * faults.count && changed.reads > faults.count)
        // Each write is followed by a read or two, most of which a node answers: else nothing was compared.
        #expect(written.reads > written.acknowledged && written.reads > written.unanswered)
        #expect(written.conditional > 10 * faults.count && written.deletes > 10 * faults.count)
        try world.explained {
            try checkRows(rows, written.wanted)
            try checkDeadLetters(rows.poisoned, world)
            try checkPurges(published, world)
        }
    }

    /// Rounds of all faults, in an order of its own each.
    private static func faults(_ random: inout SeededGenerator) -> [CacheKillWorld.Fault] {
        var faults: [CacheKillWorld.Fault] = []
        while faults.count < count { faults += CacheKillWorld.Fault.allCases.shuffled(using: &random) }
        return Array(faults.prefix(count))
    }

    /// Each key ends with its newest write, and no row was ever older than before.
    private func checkRows(_ rows: CacheKillRows, _ wanted: [String: [Int]]) throws {
        try eventually("the database has the newest of each key", within: .seconds(60)) {
            try rows.different(from: wanted).isEmpty
        }
        #expect(try rows.regressions() == 0)
        let key = try #require(wanted.first { !$0.value.contains(CacheTraffic.nothing) }?.key)
        try rows.setBack(key)
        #expect(try rows.regressions() == 1, "a row that goes back is seen")
        #expect(try rows.different(from: wanted) == [key])
    }

    private func checkDeadLetters(_ poisoned: Set<String>, _ world: CacheKillWorld) throws {
        try eventually("what the database refuses is dead", within: .seconds(60)) {
            let list = try world.runCommand(["cache", "dead", "list", "--limit", "10000"]).output.split(separator: "\n")
            let keys = list.compactMap { $0.split(separator: " ").dropFirst(4).first.map(String.init) }
            let deadKeys = Set(keys.filter { $0 != "KEY" })
            #expect(deadKeys.allSatisfy { $0.hasPrefix("poison-") }, "\(deadKeys)")
            return poisoned.isSubset(of: deadKeys)
        }
    }

    /// The edge has seen all of them, in the order of publication.
    private func checkPurges(_ published: [String], _ world: CacheKillWorld) throws {
        #expect(!published.isEmpty)
        let wanted = Set(published)
        try eventually("the edge has seen what was published", within: .seconds(60)) {
            wanted.isSubset(of: world.edge.order["default"] ?? [])
        }
        #expect(world.edge.order["default"]?.filter(wanted.contains) == published)
    }

    /// A client that got no answer sends its write again, after the node that had it was killed.
    @Test(.timeLimit(.minutes(3)))
    func aRepetitionIsKnownAfterAKill() throws {
        let url = try PostgresCluster.createDatabase()
        let world = try ProcessWorld("cache-repeats")
        let ports = [try freePort(), try freePort()]
        // Nothing is flushed before the kill: the log alone tells.
        try world.configure(
            edges: ["{name: nobody, adapter: http, address: \"http://127.0.0.1:9\"}"], kafka: ["sessionTimeout: 6s"],
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
        /// Asks until somebody owns the key: a node that stalls loses it for a moment.
        func answered(_ ask: () throws -> RawAnswer) throws -> RawAnswer {
            var answer = try ask()
            try eventually("somebody owns the key", within: .seconds(60)) {
                if answer.status == 503 { answer = try ask() }
                return answer.status != 503
            }
            return answer
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
                let header = "Idempotency-Key: first-\(key)"
                #expect(try answered { try post(ports[1], key, 1, [header]) }.status == 200)
                #expect(try answered { try post(ports[1], key, 3, [header]) }.status == 422)
                #expect(try answered { try RawHTTP.get(ports[1], "/cache?key=\(key)") }.text == "2")
            }
        }
    }
}
