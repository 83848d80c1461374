import CacheNode
import Caches
import Foundation
import Gateway
import HTTP
import Invalidations
import Kafka
import Storage
import Synchronization
import TestSupport
import Testing

/// Durable writes: the log has them before they are answered, and the database gets them.
@Suite(.serialized, .enabled(if: DurableFixture.isAvailable, DurableFixture.missing))
struct DurableTests {
    /// Waits until the node owns what it asks for: a key has no owner for a moment after a start.
    private static func owned(_ node: CacheFixture, _ keys: [String]) throws {
        for key in keys {
            try eventually("\(key) has an owner", within: .seconds(60)) {
                ![503, 307].contains(try node.get(key).status)
            }
        }
    }

    private static let keys = (0..<12).map { "k\($0)" }

    /// One of them is large.
    private static func value(_ key: String) -> String {
        key == "k2" ? CompressionTests.value : "{\"of\": \"\(key)\"}"
    }

    @Test(.timeLimit(.minutes(2)))
    func whatIsWrittenOutlivesTheNode() throws {
        let fixture = try DurableFixture("durable")
        let node = try fixture.node()
        try Self.owned(node, Self.keys)
        for key in Self.keys {
            let answer = try node.post(key, "{\"value\":\(Self.value(key)),\"tags\":[\"t\"],\"ttl\":60}")
            #expect(answer.status == 200 && answer.header("Cache-Durability") == "log", "\(answer)")
        }
        try CompressionTests.check(node, "k2")
        #expect(try node.delete("k0").status == 200)
        try eventually("the database has them") { try fixture.rows().count == Self.keys.count - 1 }
        #expect(try fixture.rows()["k1"] == "{\"of\": \"k1\"}", "byte by byte")
        #expect(try fixture.rows()["k2"] == CompressionTests.value, "what memory compresses, too")
        try node.drain()

        let next = try fixture.node()
        try Self.owned(next, Self.keys)
        #expect(try next.get("k0").status == 404)
        for key in Self.keys.dropFirst() {
            let answer = try next.get(key)
            #expect(answer.status == 200 && answer.text == Self.value(key), "\(answer)")
            #expect(answer.header("Cache-Groups")?.contains("t") == true)
        }
        #expect(try next.get("k1").header("Cache-Status")?.contains("hit") == true)
        #expect(try next.put("x", "{\"tags\":[\"t\"]}").text.contains("\"invalidated\":11"))
        #expect(try next.get("k1").text == "{\"of\": \"k1\"}", "loaded once more")
    }

    @Test(.timeLimit(.minutes(2)))
    func whatTheDatabaseDoesNotHaveYetIsAnsweredAllTheSame() throws {
        let fixture = try DurableFixture("dirty")
        let node = try fixture.node { $0.writes?.settings.delay = .seconds(3_600) }
        try Self.owned(node, ["a", "b"])
        #expect(try node.post("a", "{\"value\":1,\"tags\":[\"t\"]}").status == 200)
        #expect(try node.post("b", "{\"value\":1}").status == 200)
        #expect(try node.delete("b").status == 200)
        #expect(try fixture.rows().isEmpty)
        let stats = try RawHTTP.get(node.port, "/cache/stats").text
        #expect(stats.contains("\"durability\":\"log\"") && stats.contains("\"dirty\":2"), "\(stats)")
        #expect(try node.get("a").text == "1")
        #expect(try node.get("b").status == 404)
        try node.drain()
        #expect(try fixture.rows() == ["a": "1"], "an orderly end flushes")
    }

    /// What waits for the database must not hide what others write there, nor be written over it later.
    @Test(.timeLimit(.minutes(2)))
    func whatIsInvalidatedIsFlushedFirst() throws {
        let fixture = try DurableFixture("dirty-invalidated")
        let node = try fixture.node { $0.writes?.settings.delay = .seconds(3_600) }
        try Self.owned(node, ["a", "b"])
        // Each one another way: by tag, by URL and everything, over HTTP and by the log.
        let url = "https://shop.test/p"
        let key = try #require(URLKey.keys(url: url).first?.description)
        let publisher = try RequestPublisher(fixture.kafka)
        let ways: [(key: String, invalidate: () throws -> Void)] = [
            ("a", { () throws in #expect(try node.put("x", "{\"tags\":[\"t\"]}").status == 200) }),
            (key, { () throws in #expect(try node.put("x", "{\"urls\":[\"\(url)\"]}").status == 200) }),
            ("b", { () throws in #expect(try node.put("x", "{\"everything\":true}").status == 200) }),
            ("c", { _ = try publisher.publish(namespace: "default", tag: "t") }),
        ]
        for (number, way) in ways.enumerated() {
            let query = way.key.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            let value = "{\"value\":\(number),\"tags\":[\"t\"]}"
            try eventually("it has an owner") { try node.post(query, value).status == 200 }
            #expect(try fixture.rows()[way.key] == nil)
            try way.invalidate()
            // An acknowledged write is not lost.
            #expect(try node.get(query).text == "\(number)")
            try eventually("it is flushed") { try fixture.rows()[way.key] == "\(number)" }
            try fixture.change(way.key, to: "\"others\"")
            try way.invalidate()
            try eventually("the change is seen") { try node.get(query).text == "\"others\"" }
        }
        try node.drain()
        #expect(try fixture.rows().values.allSatisfy { $0 == "\"others\"" }, "nothing was written over it")
    }

    /// A reader that comes before the flush gets the write, and leaves nothing behind that hides the row from others.
    @Test(.timeLimit(.minutes(2)))
    func whatIsReadBeforeItsFlushIsNotKept() throws {
        let fixture = try DurableFixture("dirty-read")
        let node = try fixture.node { $0.writes?.settings.delay = .seconds(3_600) }
        try Self.owned(node, ["a", "b"])
        #expect(try node.post("a", "{\"value\":0}").status == 200)
        #expect(try node.put("x", "{\"everything\":true}").status == 200)
        try eventually("it is flushed") { try fixture.rows()["a"] == "0" }
        for (number, body) in ["{\"value\":1,\"tags\":[\"t\"]}", nil].enumerated() {
            let lock = try PostgresConnection(PostgresAddress(fixture.database))
            try lock.execute("BEGIN; LOCK TABLE cachesync_cache.entries IN ACCESS EXCLUSIVE MODE")
            if let body {
                #expect(try node.post("a", body).status == 200)
            } else {
                #expect(try node.delete("a").status == 200)
            }
            #expect(try node.put("x", "{\"everything\":true}").status == 200)
            let read = try node.get("a")
            #expect(body == nil ? read.status == 404 : read.text == "1", "\(read)")
            #expect(body == nil || read.header("Cache-Control")?.contains("max-age=0") == true, "\(read)")
            try lock.execute("COMMIT")
            try eventually("it is flushed") { try fixture.rows()["a"] == (body == nil ? nil : "1") }
            if body == nil { try fixture.addRow("a", like: "b") } else { try fixture.change("a", to: "2") }
            try eventually("the row is seen") { try node.get("a").text == "2" }
            guard number == 0 else { continue }
            // A row to copy.
            #expect(try node.post("b", "{\"value\":2}").status == 200)
            #expect(try node.put("x", "{\"everything\":true}").status == 200)
            try eventually("it is flushed") { try fixture.rows()["b"] == "2" }
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func conditionsAreDecidedByTheLog() throws {
        let fixture = try DurableFixture("conditions")
        let node = try fixture.node()
        try Self.owned(node, ["c"])
        #expect(try node.post("c", "{\"value\":0}", headers: ["If-Match: *"]).status == 412)
        #expect(try node.post("c", "{\"value\":1}", headers: ["If-None-Match: *"]).status == 200)
        #expect(try node.post("c", "{\"value\":2}", headers: ["If-None-Match: *"]).status == 412)
        let first = try #require(try node.get("c").header("ETag"))
        try eventually("it is flushed") { try fixture.rows()["c"] == "1" }
        try node.drain()

        let next = try fixture.node()
        try Self.owned(next, ["c"])
        #expect(try next.post("c", "{\"value\":3}", headers: ["If-Match: \(first)"]).status == 200)
        #expect(try next.post("c", "{\"value\":4}", headers: ["If-Match: \(first)"]).status == 412)
        #expect(try next.delete("c", headers: ["If-Match: \(first)"]).status == 412)
        #expect(try next.get("c").text == "3")
        // Of those who race with the same validator one alone wins.
        let tag = try #require(try next.get("c").header("ETag"))
        let statuses = Mutex<[Int]>([])
        DispatchQueue.concurrentPerform(iterations: 8) { number in
            let answer = try? next.post("c", "{\"value\":\(100 + number)}", headers: ["If-Match: \(tag)"])
            statuses.withLock { $0.append(answer?.status ?? 0) }
        }
        let sorted = statuses.withLock { $0.sorted() }
        #expect(sorted == [200] + Array(repeating: 412, count: 7))
    }

    /// A client that got no answer sends its write again, to the node that owns the key by then.
    @Test(.timeLimit(.minutes(2)))
    func aWriteThatIsSentAgainAfterARestartChangesNothing() throws {
        let fixture = try DurableFixture("again")
        let node = try fixture.node()
        try Self.owned(node, ["c", "d"])
        let headers = ["Idempotency-Key: one", "If-None-Match: *"]
        let once = try node.post("c", "{\"value\":1}", headers: headers)
        #expect(once.status == 200)
        #expect(try node.delete("d", headers: ["Idempotency-Key: two"]).status == 200)
        #expect(try node.post("c", "{\"value\":2}").status == 200)
        #expect(try node.post("d", "{\"value\":3}").status == 200)
        try node.drain()

        let next = try fixture.node()
        try Self.owned(next, ["c", "d"])
        let repeated = try next.post("c", "{\"value\":1}", headers: headers)
        #expect(repeated.status == 200 && repeated.text == once.text && repeated.header("ETag") == once.header("ETag"))
        #expect(try next.delete("d", headers: ["Idempotency-Key: two"]).status == 200)
        #expect(try next.post("c", "{\"value\":7}", headers: headers).status == 422)
        #expect(try next.get("c").text == "2" && next.get("d").text == "3")
        // Another sender's key, or another namespace's, is another one.
        let shop = try next.post("c", "{\"value\":1}", "&namespace=shop", headers: headers)
        #expect(shop.status == 200)
        #expect(try next.get("c", "&namespace=shop").text == "1")
    }

    @Test(.timeLimit(.minutes(2)))
    func aBatchKeepsItsOrder() throws {
        let fixture = try DurableFixture("batch")
        let node = try fixture.node()
        try Self.owned(node, ["a", "b"])
        let answer = try RawHTTP.post(
            node.port,
            """
            [{"op": "set", "key": "a", "value": 1}, {"op": "set", "key": "a", "value": 2, "tags": ["t"]},
             {"op": "get", "key": "a"}, {"op": "delete", "key": "a"}, {"op": "get", "key": "a"},
             {"op": "set", "key": "b", "value": 3, "tags": ["t"], "ifNoneMatch": "*"},
             {"op": "set", "key": "b", "value": 4, "ifNoneMatch": "*"}, {"op": "invalidate", "tags": ["t"]},
             {"op": "get", "key": "b"}]
            """, to: "/cache/batch")
        #expect(answer.header("Cache-Durability") == "log")
        let root = try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
        let results = try #require(root["results"] as? [[String: Any]])
        #expect(results.map { $0["status"] as? Int } == [200, 200, 200, 200, 404, 200, 412, 200, 200], "\(answer)")
        #expect(results[2]["value"] as? Int == 2 && results[8]["value"] as? Int == 3)
        #expect(results[7]["invalidated"] as? Int == 1)
    }

    /// A namespace that is not durable, and what comes with a lease, stay in memory.
    @Test(.timeLimit(.minutes(2)))
    func aNamespaceMayStayInMemory() throws {
        let fixture = try DurableFixture("memory")
        let node = try fixture.node { configuration in
            var entry = CacheConfiguration.NamespaceEntry(.exactly("sessions"), configuration.rules)
            entry.isDurable = false
            configuration.namespaces = [entry]
        }
        try Self.owned(node, ["a"])
        let answer = try node.post("a", "{\"value\":1}", "&namespace=sessions")
        #expect(answer.status == 200 && answer.header("Cache-Durability") == "memory")
        #expect(try node.get("a", "&namespace=sessions").text == "1")
        #expect(try node.get("a").status == 404, "the default namespace is another one")
        try node.drain()
        #expect(try fixture.rows().isEmpty)
    }

    /// Each key has one owner; other nodes say where it is, if they do not ask it themselves.
    @Test(.timeLimit(.minutes(3)))
    func severalNodesShareTheKeys() throws {
        let fixture = try DurableFixture("nodes")
        let ports = try [freePort(), freePort()]
        let nodes = try ports.map { port in
            try fixture.node(address: "http://127.0.0.1:\(port)") {
                $0.server.http.port = port
                $0.writes?.isForwarding = false
            }
        }
        /// Asks one node and, where it sends the client elsewhere, that one.
        func ask(_ node: CacheFixture, _ call: (CacheFixture) throws -> RawAnswer) throws -> RawAnswer {
            let answer = try call(node)
            guard answer.status == 307, let location = answer.header("Location") else { return answer }
            let owner = try #require(nodes.first { location.hasPrefix("http://127.0.0.1:\($0.port)/cache?key=") })
            return try call(owner)
        }
        var sent = 0
        for (number, key) in Self.keys.enumerated() {
            let node = nodes[number % 2]
            try eventually("\(key) is written", within: .seconds(60)) {
                try ask(node) { try $0.post(key, "{\"value\":\(number)}") }.status == 200
            }
            for node in nodes {
                try eventually("\(key) is read", within: .seconds(60)) {
                    try ask(node) { try $0.get(key) }.text == "\(number)"
                }
                if try node.get(key).status == 307 { sent += 1 }
            }
        }
        #expect(sent == Self.keys.count, "each key has one owner of two")
        let purged = try nodes[0].put("x", "{\"everything\":true}")
        #expect(purged.text.contains("\"invalidated\":\(Self.keys.count)"), "\(purged.text)")
        #expect(purged.header("Cache-Peers-Away") == nil)
        // One ends: the other one owns all.
        try nodes[0].drain()
        try Self.owned(nodes[1], Self.keys)
        for (number, key) in Self.keys.enumerated() { #expect(try nodes[1].get(key).text == "\(number)") }
    }
}
