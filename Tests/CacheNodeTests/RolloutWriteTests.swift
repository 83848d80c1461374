import CacheNode
import Caches
import Foundation
import HTTP
import Invalidations
import JSON
import Storage
import Synchronization
import TestSupport
import Testing

/// Writes of a namespace in a rollout: queued on a real Kafka, flushed to a real PostgreSQL, passed to a real main API.
@Suite(.serialized, .enabled(if: DurableFixture.isAvailable, DurableFixture.missing), .timeLimit(.minutes(3)))
struct RolloutWriteTests {
    private static let shop = CacheFixture.shop
    private static let keys = (0..<40).map { "k\($0)" }

    /// A main API whose things are rows of the database, as the flush writes them, or else its own. Its own writes
    /// replace the row.
    private static func main(_ durable: DurableFixture) throws -> MainServer {
        let main = try MainServer(Dictionary(uniqueKeysWithValues: keys.map { ($0, "0") }))
        main.answer { request, _ in
            let key = String(request.path.dropFirst("/items/".count))
            if request.method == "PUT" { try? durable.removeRow(key) }
            guard request.method == "GET", let row = try? durable.rows()[key] else { return nil }
            return OriginServer.value(row)
        }
        return main
    }

    private static func owned(_ node: CacheFixture) throws {
        for key in keys {
            try eventually("\(key) has an owner", within: .seconds(60)) {
                ![503, 307].contains(try node.get(key).status)
            }
        }
    }

    private static func dirty(_ node: CacheFixture) throws -> Int64 {
        try JSONParser(bytesMax: 1 << 20).parse(Array(node.rollout().text.utf8)) { $0["dirty"]?.int64 ?? -1 }
    }

    /// - Parameter delay: before a write is flushed.
    private static func node(
        _ durable: DurableFixture, _ main: MainServer, address: String = "", delay: Duration = .seconds(3_600)
    ) throws -> CacheFixture {
        let entry = try main.entry()
        return try durable.node(address: address) {
            $0.namespaces = [entry]
            $0.writes?.settings.delay = delay
            $0.writes?.settings.countMax = 10_000
            // Tests of several nodes want to know which one has answered.
            $0.writes?.isForwarding = false
        }
    }

    private static func order(_ node: CacheFixture, _ members: String) throws {
        let answer = try node.order(members)
        #expect(answer.status == 200, "\(answer)")
    }

    /// - Returns: the keys whose write was queued.
    private static func write(_ node: CacheFixture, _ value: String) throws -> Set<String> {
        try Set(
            keys.filter { key in
                let answer = try node.post(key, "{\"value\":\(value)}", shop)
                #expect(answer.status == 200, "\(answer)")
                return answer.header("Cache-Status")?.contains("detail=rollout-cache") == true
            })
    }

    @Test func throughAllPhasesAndBackNoWriteIsLost() throws {
        let durable = try DurableFixture("rollout")
        let main = try Self.main(durable)
        let node = try Self.node(durable, main)
        try Self.owned(node)
        // What waits for the database is not compared with a main API that cannot have it.
        let guards = "\"guards\":{\"mismatchMax\":0,\"samplesMin\":1}"
        try Self.order(node, "\"order\":\"shadow\",\"percent\":100,\(guards)")
        #expect(try Self.write(node, "1").isEmpty)
        try Self.order(node, "\"order\":\"canary\",\"percent\":50")
        #expect(try Self.write(node, "2").isEmpty)
        #expect(Set(main.things.values) == ["2"], "all went to the main API")

        try Self.order(node, "\"order\":\"writes\",\"percent\":30")
        let queued = try Self.write(node, "3")
        #expect((3...25).contains(queued.count))
        #expect(try Self.dirty(node) == queued.count)
        for key in Self.keys {
            #expect(main.things[key] == (queued.contains(key) ? "2" : "3"))
            #expect(try node.get(key, Self.shop).text == "3", "\(key), wherever it is")
        }
        // All at once: what is read is what was written.
        try Self.order(node, "\"order\":\"cutover\"")
        #expect(try Self.write(node, "4").count == Self.keys.count)
        for key in Self.keys { #expect(try node.get(key, Self.shop).text == "4") }
        #expect(try node.rollout().text.contains("\"now\":{\"reads\":100,\"writes\":100}"))

        // Back to the share of before: the others are flushed, and the main API has them.
        try Self.order(node, "\"order\":\"back\"")
        try eventually("all is flushed") { try Self.dirty(node) == 0 }
        for key in Self.keys { #expect(try node.get(key, Self.shop).text == "4") }
        #expect(try Self.write(node, "5") == queued, "the same keys as before")
        try Self.order(node, "\"order\":\"back\"")
        for key in Self.keys { #expect(try node.get(key, Self.shop).text == "5", "\(key), flushed or not") }
        try eventually("all is flushed") { try Self.dirty(node) == 0 }
        try Self.order(node, "\"order\":\"back\"")
        try Self.order(node, "\"order\":\"back\"")
        #expect(try node.rollout().text.contains("\"phase\":\"off\""))
        let rows = try durable.rows()
        for key in Self.keys { #expect((queued.contains(key) ? rows[key] : main.things[key]) == "5") }
    }

    /// The database is away, so that nothing can be flushed.
    @Test func aWriteBehindTheQueueWaitsUntilTheQueueIsEmpty() throws {
        let durable = try DurableFixture("draining")
        let main = try MainServer(Dictionary(uniqueKeysWithValues: Self.keys.map { ($0, "0") }))
        let node = try Self.node(durable, main)
        try Self.owned(node)
        let lock = try PostgresConnection(PostgresAddress(durable.database))
        try Self.order(node, "\"order\":\"shadow\",\"percent\":100")
        try Self.order(node, "\"order\":\"canary\",\"percent\":100")
        try Self.order(node, "\"order\":\"writes\",\"percent\":100")
        #expect(try node.post("k0", "{\"value\":1}", Self.shop).status == 200)
        try lock.run("BEGIN")
        try lock.run("LOCK TABLE cachesync_cache.entries IN ACCESS EXCLUSIVE MODE")
        try Self.order(node, "\"order\":\"back\"")
        let early = try node.post("k0", "{\"value\":2}", Self.shop)
        #expect(early.status == 503 && early.header("Retry-After") == "1", "\(early)")
        #expect(main.things["k0"] == "0")
        #expect(try node.get("k0", Self.shop).text == "1", "the newest write, which the main API does not have")
        #expect(try node.post("k1", "{\"value\":2}", Self.shop).status == 200, "another key is free")
        #expect(try Self.dirty(node) == 1)
        try Self.order(node, "\"order\":\"back\"")
        let off = try node.order("\"order\":\"back\"")
        #expect(off.status == 409 && off.text.contains("not in the database"), "\(off)")
        try lock.run("COMMIT")
        try eventually("it is flushed") { try Self.dirty(node) == 0 }
        #expect(try node.post("k0", "{\"value\":2}", Self.shop).status == 200)
        #expect(main.things["k0"] == "2")
        try Self.order(node, "\"order\":\"back\"")
    }

    @Test func aRestartedNodeKnowsTheRolloutAndTheQueue() throws {
        let durable = try DurableFixture("restart")
        let main = try Self.main(durable)
        let node = try Self.node(durable, main)
        try Self.owned(node)
        for order in ["shadow", "canary", "writes"] { try Self.order(node, "\"order\":\"\(order)\",\"percent\":50") }
        let queued = try Self.write(node, "1")
        try node.drain()

        let next = try Self.node(durable, main)
        try Self.owned(next)
        #expect(try next.rollout().text.contains("\"phase\":\"writes\""))
        for key in Self.keys { #expect(try next.get(key, Self.shop).text == "1") }
        #expect(try Self.write(next, "2") == queued)
        try Self.order(next, "\"order\":\"cutover\",\"overSeconds\":86400.123456789")
    }

    @Test func aWriteThatTheDatabaseRefusesStepsBack() throws {
        let durable = try DurableFixture("refused")
        let main = try Self.main(durable)
        let node = try Self.node(durable, main, delay: .milliseconds(50))
        try Self.owned(node)
        let connection = try PostgresConnection(PostgresAddress(durable.database))
        try connection.run(
            "ALTER TABLE cachesync_cache.entries ADD CONSTRAINT small CHECK (octet_length(value) < 100)")
        for order in ["shadow", "canary", "writes"] { try Self.order(node, "\"order\":\"\(order)\",\"percent\":100") }
        let long = String(repeating: "x", count: 200)
        #expect(try node.post("k0", "{\"value\":\"\(long)\"}", Self.shop).status == 200)
        try eventually("the guard steps back") { try node.rollout().text.contains("\"phase\":\"canary\"") }
        #expect(try node.rollout().text.contains("\"by\":\"guard\",") && node.rollout().text.contains("dead letters"))
        #expect(try node.get("k0", Self.shop).text == "0", "the main API never had it")
    }

    /// Another node reads a change of phase from the log, a moment later.
    private static func waitForPhase(_ phase: String, _ node: CacheFixture) throws {
        try eventually("the other node knows of \(phase)") {
            try node.rollout().text.contains("\"phase\":\"\(phase)\"")
        }
    }

    /// Two nodes, each with some of the keys.
    private static func pair(_ durable: DurableFixture, _ main: MainServer) throws -> (CacheFixture, CacheFixture) {
        let one = try node(durable, main, address: "http://one.test")
        try owned(one)
        let two = try node(durable, main, address: "http://two.test")
        try eventually("both own keys", within: .seconds(60)) {
            let answers = try keys.map { (try one.get($0).status, try two.get($0).status) }
            return answers.allSatisfy { ![$0.0, $0.1].contains(503) && ($0.0 == 307) != ($0.1 == 307) }
                && Set(answers.map(\.0)).count > 1
        }
        return (one, two)
    }

    @Test func severalNodesThatSeeTheSameFaultStepBackOnce() throws {
        let durable = try DurableFixture("guards")
        let main = try Self.main(durable)
        let (one, two) = try Self.pair(durable, main)
        try Self.order(one, "\"order\":\"shadow\",\"percent\":0")
        try Self.waitForPhase("shadow", two)
        let owned = try [one, two].map { node in
            try (0..<100).map { "f\($0)" }.filter { try node.get($0, Self.shop).status == 404 }.prefix(5)
        }
        try #require(owned.allSatisfy { $0.count == 5 })
        for order in ["canary", "writes"] { try Self.order(one, "\"order\":\"\(order)\",\"percent\":100") }
        try Self.order(one, "\"order\":\"cutover\",\"guards\":{\"errorsMax\":10,\"samplesMin\":5}")
        try Self.waitForPhase("cutover", two)
        main.answer { _, _ in .empty(500) }
        // In turn, so that neither node sees five failures behind the other's step.
        for (first, second) in zip(owned[0], owned[1]) {
            #expect(try one.get(first, Self.shop).status == 502)
            #expect(try two.get(second, Self.shop).status == 502)
        }
        for node in [one, two] {
            try eventually("a guard steps back") { try node.rollout().text.contains("\"by\":\"guard\"") }
        }
        // One phase behind the one that a single step leads to.
        try Self.order(two, "\"order\":\"back\"")
        #expect(try two.rollout().text.contains("\"phase\":\"canary\""))
    }

    @Test func severalNodesAgreeAndOneAnswersForAKey() throws {
        let durable = try DurableFixture("nodes")
        let main = try Self.main(durable)
        let (one, two) = try Self.pair(durable, main)
        for order in ["shadow", "canary", "writes"] { try Self.order(one, "\"order\":\"\(order)\",\"percent\":50") }
        try Self.waitForPhase("writes", two)
        for key in Self.keys {
            let answers = [try one.get(key, Self.shop), try two.get(key, Self.shop)]
            #expect(answers.count { $0.status == 307 } == 1, "one node answers for \(key)")
            #expect(answers.count { $0.text == "0" } == 1)
        }
        // The log decides between two changes that were decided on the same record.
        let results = try [one, two].map { try $0.order("\"order\":\"back\"").status }
        #expect(results == [200, 200], "one behind the other")
        try Self.waitForPhase("shadow", one)
    }
}
