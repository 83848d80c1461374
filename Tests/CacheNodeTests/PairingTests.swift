import CacheNode
import Caches
import Foundation
import Gateway
import HTTP
import Invalidations
import Synchronization
import TestSupport
import Testing

/// Each reader gets its own key's value, whatever else is on its way.
@Suite(.timeLimit(.minutes(3)))
struct PairingTests {
    private static let count = 400

    private static func key(_ number: Int) -> String { "item-\(number)" }
    private static func value(_ key: String) -> String { "\"the value of \(key)\"" }

    /// With sixteen shards.
    private static func configure(_ configuration: inout CacheConfiguration) {
        configuration.memory = 512 << 20
        configuration.server.http.perAddressLimit = 0
        configuration.server.http.connectionLimit = 2_048
    }

    private static func shuffledKeys(_ random: inout SeededGenerator) -> [String] {
        (0..<count).map(key).shuffled(using: &random)
    }

    /// All at a time, and then once more in batches.
    private static func expectOwnValues(
        _ node: CacheFixture, _ keys: [String], namespace: String = "default", _ seed: UInt64
    ) throws {
        let readers = try ManyReaders(node, keys.map { "/cache?key=\($0)&namespace=\(namespace)" })
        let wrong = zip(keys, readers.answers()).filter { value($0) != $1 }
        #expect(wrong.isEmpty, "seed \(seed): \(wrong.count), such as \(wrong.first.map { "\($0)" } ?? "")")
        for first in stride(from: 0, to: keys.count, by: 100) {
            let part = keys[first..<min(first + 100, keys.count)]
            let operations = part.map { "{\"op\":\"get\",\"key\":\"\($0)\",\"namespace\":\"\(namespace)\"}" }
            let answer = try node.send("POST", "/cache/batch", "[\(operations.joined(separator: ","))]")
            let values = answer.list("results").map { $0["value"] as? String }
            #expect(values == part.map { "the value of \($0)" }, "seed \(seed)")
        }
    }

    private static func writeAll(_ node: CacheFixture, _ keys: [String]) throws {
        for first in stride(from: 0, to: keys.count, by: 100) {
            let operations = keys[first..<min(first + 100, keys.count)].map {
                "{\"op\":\"set\",\"key\":\"\($0)\",\"value\":\(value($0)),\"ttl\":600}"
            }
            #expect(try node.send("POST", "/cache/batch", "[\(operations.joined(separator: ","))]").status == 200)
        }
    }

    /// Answers eight calls at a time, in any order.
    private final class ShufflingOrigin: Sendable {
        private struct State {
            var random: SeededGenerator
            var waiting: [(String, HTTPResponder)] = []
            var asked = 0
        }

        private let state: Mutex<State>

        init(_ random: SeededGenerator) {
            state = Mutex(State(random: random))
        }

        func answer(_ request: HTTPRequest, _ responder: HTTPResponder) {
            let key = String(request.path.dropFirst("/items/".count))
            let due = state.withLock { state -> [(String, HTTPResponder)] in
                state.waiting.append((key, responder))
                state.asked += 1
                guard state.waiting.count >= 8 || state.asked >= PairingTests.count else { return [] }
                defer { state.waiting = [] }
                return state.waiting.shuffled(using: &state.random)
            }
            for (key, responder) in due {
                responder.respond(OriginServer.value(PairingTests.value(key), [("Cache-Control", "max-age=600")]))
            }
        }
    }

    @Test func loadsOfManyShards() throws {
        var random = SeededGenerator.printed("pairing")
        let shuffling = ShufflingOrigin(random)
        let origin = try OriginServer { shuffling.answer($0, $1) }
        var configuration = try #require(OriginConfiguration(origin.template))
        configuration.timeout = OriginServer.patience
        let node = try CacheFixture { [configuration] in
            Self.configure(&$0)
            $0.fills.loadTimeMax = OriginServer.patience
            $0.namespaces = [.init(.exactly("shop"), NamespaceRules(), origin: configuration)]
        }
        try Self.expectOwnValues(node, Self.shuffledKeys(&random), namespace: "shop", random.seed)
        #expect(origin.requests.count == Self.count)
    }

    @Test func readsOfTheDisk() throws {
        var random = SeededGenerator.printed("pairing")
        let disk = try DiskFixture()
        let first = try disk.node(Self.configure)
        try Self.writeAll(first, Self.shuffledKeys(&random))
        try first.drain()
        let second = try disk.node(Self.configure)
        try Self.expectOwnValues(second, Self.shuffledKeys(&random), random.seed)
    }

    @Test func leasesOfManyShards() throws {
        var random = SeededGenerator.printed("pairing")
        let node = try CacheFixture {
            Self.configure(&$0)
            // All are handed out before the first one is used.
            $0.fills.leaseTime = .seconds(120)
        }
        let keys = Self.shuffledKeys(&random)
        var leases: [(key: String, lease: String)] = []
        for key in keys {
            leases.append((key, try #require(try node.get(key, "&lease=1").header("Cache-Lease"))))
        }
        #expect(Set(leases.map(\.lease)).count == Self.count)
        // A lease is good for no other key.
        for index in 0..<20 {
            let body = "{\"value\":\(Self.value(leases[index + 1].key))}"
            let answer = try node.post(leases[index].key, body, headers: ["Cache-Lease: \(leases[index + 1].lease)"])
            #expect(answer.status == 409)
        }
        for (key, lease) in leases.shuffled(using: &random) {
            let answer = try node.post(key, "{\"value\":\(Self.value(key))}", headers: ["Cache-Lease: \(lease)"])
            #expect(answer.status == 200, "seed \(random.seed): \(answer)")
        }
        try Self.expectOwnValues(node, keys, random.seed)
    }

    /// Most of the keys that a node is asked for are another node's.
    static func eachReaderOfThreeNodesGetsItsOwnValue(_ three: ThreeNodes) throws {
        var random = SeededGenerator.printed("pairing")
        try writeAll(three.nodes[0], shuffledKeys(&random))
        for node in three.nodes { try expectOwnValues(node, shuffledKeys(&random), random.seed) }
    }
}
