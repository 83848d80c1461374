import CacheNode
import Foundation
import HTTP
import Storage
import TestSupport
import Testing

/// What nodes wait for while they ask each other.
@Suite(.serialized, .enabled(if: DurableFixture.isAvailable, DurableFixture.missing))
struct PeerWaitTests {
    private static let token = NodePair.token

    private static func batch(_ keys: [String], _ op: (String) -> String) -> String {
        "[\(keys.map(op).joined(separator: ","))]"
    }

    private static func get(_ key: String) -> String { "{\"op\":\"get\",\"key\":\"\(key)\"}" }
    private static func set(_ key: String) -> String {
        "{\"op\":\"set\",\"key\":\"\(key)\",\"value\":1,\"tags\":[\"t\"]}"
    }

    private static func send(_ node: CacheFixture, _ batch: String) throws -> RawAnswer {
        try node.send("POST", "/cache/batch", batch, headers: token)
    }

    private static func invalidate(_ node: CacheFixture) throws -> RawAnswer {
        try node.put("any", "{\"tags\":[\"t\"]}", headers: token)
    }

    /// Statuses of a batch's operations; of an answer without any its own.
    private static func statuses(_ answer: RawAnswer) -> Set<Int> {
        let results = answer.list("results")
        return results.isEmpty ? [answer.status] : Set(results.map { $0["status"] as? Int ?? 0 })
    }

    /// Sixteen clients at a time, five times, by turns at one node and the other.
    private static func atOnce(_ call: @escaping @Sendable (Int) throws -> RawAnswer) throws -> [RawAnswer] {
        try (0..<5).flatMap { _ in
            try (0..<16).map { number in BackgroundRead { try call(number) } }.map { try $0.result() }
        }
    }

    /// So many clients of each node as fill its threads several times over, all with keys of the other node.
    @Test(.timeLimit(.minutes(2)))
    func nodesDoNotWaitForEachOther() throws {
        let pair = try NodePair("crossed")
        let nodes = pair.nodes
        let foreign = try nodes.map { node in try NodePair.keys.filter { try !pair.owns(node, $0) } }
        let batches = foreign.map { Self.batch($0, Self.set) }
        for answer in try Self.atOnce({ try Self.send(nodes[$0 % 2], batches[$0 % 2]) }) {
            #expect(Self.statuses(answer) == [200], "\(answer)")
        }
        for answer in try Self.atOnce({ try Self.invalidate(nodes[$0 % 2]) }) {
            #expect(answer.status == 200 && answer.header("Cache-Peers-Away") == nil, "\(answer)")
        }
        // Both at a time: an invalidation waits for a second alone, a batch for twenty.
        let mixed = try Self.atOnce { number in
            let node = nodes[number % 2]
            return try number % 4 < 2 ? Self.invalidate(node) : Self.send(node, batches[number % 2])
        }
        for answer in mixed {
            #expect(Self.statuses(answer) == [200] && answer.header("Cache-Peers-Away") == nil, "\(answer)")
        }
    }

    /// What the database said last of owners counts while it answers with errors, and while it says nothing.
    @Test(.timeLimit(.minutes(2)))
    func ownersAreKnownWhileTheDatabaseIsAway() throws {
        let pair = try NodePair("unsaid")
        #expect(Self.statuses(try Self.send(pair.nodes[0], Self.batch(NodePair.keys, Self.set))) == [200])
        try eventually("all is flushed") { try pair.fixture.rows().count == NodePair.keys.count }
        let database = try pair.fixture.connect()
        try database.run("ALTER TABLE fence RENAME TO fence_of_others")
        try Self.expectAllKeys(pair, op: Self.get)
        try database.run("ALTER TABLE fence_of_others RENAME TO fence")
        // Others ask, and wait.
        try database.transaction { transaction in
            try transaction.run("LOCK TABLE fence IN ACCESS EXCLUSIVE MODE")
            try Self.expectAllKeys(pair, op: Self.get)
            try Self.expectAllKeys(pair, op: Self.set)
        }
        try Self.expectTheOrderOfAKeyThatChangesHands(pair)
    }

    /// The key's node goes while a batch is under way, which waits for the database between two writes of the key.
    private static func expectTheOrderOfAKeyThatChangesHands(_ pair: NodePair) throws {
        let (first, second) = (pair.nodes[0], pair.nodes[1])
        let moved = try #require(try NodePair.keys.first { try pair.owns(second, $0) })
        let cold = try #require(try (0..<100).map { "cold-\($0)" }.first { try pair.owns(first, $0) })
        try eventually("nothing waits for the database") {
            try RawHTTP.get(second.port, "/cache/stats", headers: token).text.contains("\"dirty\":0,")
        }
        let answer = try pair.fixture.connect().transaction { transaction in
            try transaction.run("LOCK TABLE entries IN ACCESS EXCLUSIVE MODE")
            let batch = BackgroundRead { try send(first, "[\(set(moved)),\(get(cold)),\(set(moved))]") }
            try second.drain()
            try eventually("one node owns all keys", within: .seconds(60)) {
                try RawHTTP.get(first.port, "/cache/stats", headers: token).text.contains("\"ownedPartitions\":3")
            }
            return batch
        }.result()
        let statuses = answer.list("results").map { $0["status"] as? Int }
        #expect(statuses.count == 3 && statuses.first == statuses.last, "\(answer)")
    }

    /// For longer than an answer of the database counts. What waits for it waits once, for all keys together.
    private static func expectAllKeys(_ pair: NodePair, op: (String) -> String) throws {
        let (start, text) = (ContinuousClock.now, batch(NodePair.keys, op))
        var slowest = Duration.zero
        while ContinuousClock.now - start < .milliseconds(2_200) {
            for node in pair.nodes {
                let before = ContinuousClock.now
                #expect(statuses(try send(node, text)) == [200])
                for key in NodePair.keys { #expect(try node.get(key, headers: token).status == 200, "\(key)") }
                slowest = max(slowest, ContinuousClock.now - before)
            }
        }
        #expect(slowest < .seconds(4))
    }
}
