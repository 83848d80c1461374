import Foundation
import HTTP
import Storage
import Synchronization
import TestSupport
import Testing

/// A rollout as an operator does it: each phase by its command and back, while the main API changes under it.
@Suite(
    .serialized,
    .enabled(
        if: PostgresServer.isAvailable && KafkaCluster.isAvailable,
        Comment(rawValue: PostgresServer.missing ?? KafkaCluster.missing ?? "")))
struct RolloutSessionTests {
    private static let keys = (0..<30).map { "p\($0)" }

    /// Each key has a value of its own, so that one key's value is not taken for another's.
    private static func thing(_ key: String, _ price: String) -> String {
        "{\"of\": \"\(key)\", \"price\": \(price)}"
    }

    /// A main API that reads what the cache has flushed, and whose own writes replace that.
    private final class MainAPI: Sendable {
        let things: Mutex<[String: String]>
        private let database: String

        init(_ keys: [String], database: String) {
            things = Mutex(Dictionary(uniqueKeysWithValues: keys.map { ($0, thing($0, "1")) }))
            self.database = database
        }

        func response(to request: HTTPRequest) -> HTTPResponse {
            let key = String(request.path.dropFirst("/items/".count))
            switch request.method {
            case "PUT":
                _ = try? connect()?.run("DELETE FROM cachesync_cache.entries WHERE key = '\(key)'")
                things.withLock { $0[key] = String(decoding: request.body, as: UTF8.self) }
                return .empty(204)
            default:
                guard let thing = flushed(key) ?? things.withLock({ $0[key] }) else { return .empty(404) }
                return .json(200, Array(thing.utf8))
            }
        }

        private func connect() -> PostgresConnection? { try? PostgresConnection(PostgresAddress(database)) }

        private func flushed(_ key: String) -> String? {
            var found: String?
            try? connect()?.run("SELECT value FROM cachesync_cache.entries WHERE key = '\(key)'").forEachRow { row in
                found = String(decoding: row.bytes(0), as: UTF8.self)
            }
            return found
        }
    }

    private struct Node {
        let port: Int
        let world: ProcessWorld

        func send(_ method: String, _ key: String, _ body: String = "") throws -> RawAnswer {
            let head =
                "\(method) /cache?namespace=shop&key=\(key) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            return try RawHTTP.exchange(
                port, Array((head + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)").utf8))
        }

        func stats() throws -> String {
            let head = "GET /cache/stats HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            return try RawHTTP.exchange(port, Array(head.utf8)).text
        }

        /// - Returns: what the command wrote.
        @discardableResult
        func rollout(_ words: String...) throws -> String {
            let command = ["rollout"] + words + ["--namespace", "shop"]
            let result = try world.runCommand(command)
            print("$ cachesync \(command.joined(separator: " "))\n\(result.output)")
            guard result.exitCode == 0 else { throw ProcessWorldError("\(words): \(result.output)") }
            return result.output
        }

        /// - Returns: the figure that the status of the rollout has before this word.
        func count(_ word: String) throws -> Int {
            let words = try rollout("status").split { $0.isWhitespace || $0.isPunctuation }
            guard let index = words.firstIndex(of: Substring(word)), index > 0 else { return -1 }
            return Int(words[index - 1]) ?? -1
        }

        /// Reads all keys, each of which must have one of these prices.
        func check(_ prices: String...) throws {
            for key in RolloutSessionTests.keys {
                let answer = try send("GET", key)
                #expect(prices.contains { answer.text == RolloutSessionTests.thing(key, $0) }, "\(key): \(answer.text)")
            }
        }

        /// - Returns: the keys whose write was queued.
        func write(_ price: String) throws -> Set<String> {
            try Set(
                RolloutSessionTests.keys.filter { key in
                    let answer = try send("POST", key, "{\"value\":\(RolloutSessionTests.thing(key, price))}")
                    #expect(answer.status == 200, "\(answer)")
                    return answer.header("Cache-Status")?.contains("rollout-cache") == true
                })
        }
    }

    @Test(.timeLimit(.minutes(4)))
    func throughAllPhasesAndBack() throws {
        let database = try PostgresServer()
        let url = try database.createDatabase()
        let main = MainAPI(Self.keys, database: url)
        let server = try HTTPServer(HTTPServerConfiguration()) { $1.respond(main.response(to: $0)) }
        defer { server.stop() }
        let world = try ProcessWorld("rollout")
        let address = "http://127.0.0.1:\(server.port)/items/{key}"
        let port = try freePort()
        try world.configure(
            edges: ["{name: nobody, adapter: http, address: \"http://127.0.0.1:9\"}"], kafka: ["sessionTimeout: 10s"],
            more: """
                cache:
                  url: "http://127.0.0.1:\(port)"
                  database: "\(url)"
                  flushAfter: 1h
                  flushCount: 10000
                  namespaces:
                    - names: [shop]
                      origin: {http: "\(address)", write: {url: "\(address)"}, compareIgnore: [/at]}
                """)
        try world.applyTopics()
        try world.startRole("cache", as: "node", ["--cache", "127.0.0.1:\(port)"])
        try world.waitUntilReady(["127.0.0.1:\(port)"])
        let node = Node(port: port, world: world)
        try world.explained {
            // Before the shadow any node answers for any key: reads do not tell.
            try eventually("all keys have an owner", within: .seconds(60)) {
                try node.stats().contains("\"ownedPartitions\":12,\"restoringPartitions\":0")
            }
            try lead(node, main)
        }
        #expect(try world.stop("node") == 0)
    }

    private func lead(_ node: Node, _ main: MainAPI) throws {
        #expect(try node.rollout("status").contains("shop: off"))
        #expect(try node.rollout("shadow", "--percent", "100", "--reason", "first look").contains("shadow, 100%"))
        try eventually("all keys are in the cache, and the same") {
            try node.check("1")
            return try node.count("equal") >= Self.keys.count
        }
        #expect(try node.count("different") == 0)
        // The main API changes, and does not say so: the shadow finds out.
        main.things.withLock { $0["p0"] = Self.thing("p0", "2") }
        try eventually("the difference is found") {
            _ = try node.send("GET", "p0")
            return try node.rollout("status", "--samples", "5").contains("p0 at \"/price\"")
        }
        #expect(try node.world.runCommand(["cache", "invalidate", "-n", "shop", "--everything"]).exitCode == 0)

        #expect(try node.rollout("canary", "--percent", "40", "--max-errors", "5").contains("errors 5%"))
        try node.check("1", "2")
        #expect(try node.write("3").isEmpty)
        try node.check("3")

        try node.rollout("writes", "--percent", "40")
        let queued = try node.write("4")
        #expect(!queued.isEmpty && queued.count < Self.keys.count)
        try node.check("4")
        let status = try node.rollout("status")
        #expect(status.contains("waiting for the database: \(queued.count) keys"), "\(status)")

        #expect(try node.rollout("cutover").contains("100% of the reads, 100% of the writes"))
        #expect(try node.write("5").count == Self.keys.count)
        try node.check("5")

        try node.rollout("back", "--reason", "the day is over")
        try node.check("5")
        #expect(try node.write("6") == queued, "the same keys as before the cutover")
        let back = try node.rollout("back")
        #expect(back.contains("shop: canary") && back.contains("waiting for the database: 0 keys"), "\(back)")
        try node.check("6")
        #expect(try node.write("7").isEmpty, "all go to the main API")
        try node.check("7")
        try node.rollout("back")
        #expect(try node.rollout("back").contains("shop: off"))
        #expect(try node.world.runCommand(["rollout", "back", "-n", "shop"]).exitCode == 75)
    }
}
