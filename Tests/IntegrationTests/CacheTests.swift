import Foundation
import HTTP
import TestSupport
import Testing

/// A cache node in `cachesync up`, and what is wrong with its settings.
@Suite(.serialized)
struct CacheTests {
    @Test(.timeLimit(.minutes(2)))
    func whatIsPublishedIsForgottenAtTheNode() throws {
        let directory = try TemporaryDirectory("cache")
        let (gateway, cache) = (try freePort(), try freePort())
        try directory.write(
            "cachesync.yaml",
            """
            gateway: {listen: "127.0.0.1:\(gateway)"}
            cache:
              listen: 127.0.0.1:\(cache)
              memory: 16MiB
              namespaces:
                - names: [shop, blog-*]
                  entries: 2
                  ttl: 10m
                  rules:
                    - {key: "list:*", tag: short, ttl: 90s}
                    - {tag: "t-?", staleIfError: 1h}
            edges:
              - {name: cache-1, adapter: cachesync, address: "http://127.0.0.1:\(cache)"}
            """)
        let process = try BuiltCommand.startProcess(
            ["up", "--config", directory.file("cachesync.yaml")], output: directory.file("up.log"))
        try eventually("the gateway is ready", within: .seconds(60)) {
            guard process.isRunning else { throw KillWorldError(description: "up ended") }
            return
                (try? HTTPFetch.perform(
                    HTTPClientRequest(method: "GET", url: "http://127.0.0.1:\(gateway)/health/ready")))?.status == 200
        }
        let target = "/cache?namespace=shop&key="
        let client = CacheClient(port: cache)
        let ruled = try client.send("POST", target + "list:a", "{\"value\":0,\"tags\":[\"short\"]}")
        #expect(ruled.header("Cache-Status") == "cachesync; stored; ttl=90")
        #expect(try client.send("DELETE", target + "list:a").status == 200)
        for key in ["a", "b", "c"] {
            let stored = try client.send("POST", target + key, "{\"value\":\"\(key)\",\"tags\":[\"t-\(key)\"]}")
            #expect(stored.header("Cache-Status") == "cachesync; stored; ttl=600")
        }
        // The quota of two entries.
        #expect(try client.send("GET", target + "a").status == 404)
        #expect(try client.send("GET", target + "c").text == "\"c\"")
        let published = try BuiltCommand.run([
            "publish", "--gateway", "http://127.0.0.1:\(gateway)", "--namespace", "shop", "--tag", "t-c", "--wait",
        ])
        #expect(published.exitCode == 0, "\(published.output)")
        #expect(try client.send("GET", target + "c").status == 404)
        #expect(try client.send("GET", target + "b").text == "\"b\"")
        let log = try String(contentsOfFile: directory.file("up.log"), encoding: .utf8)
        #expect(log.contains("in memory only: a restart begins empty"))
        process.signal(SIGTERM)
        #expect(try process.waitForExit(within: .seconds(30)) == 0)
    }

    private static func origin(_ more: String) -> String {
        "cache:\n  namespaces:\n    - {names: [shop], origin: {http: \"http://a/{key}\", \(more)}}"
    }

    private static func api(_ lines: String...) -> String {
        "cache:\n  api:\n" + lines.map { "    \($0)\n" }.joined()
    }

    private static func sql(_ query: String, _ database: String?) -> String {
        let more = database.map { ", database: \"\($0)\"" } ?? ""
        return "cache:\n  namespaces:\n    - {names: [shop], origin: {sql: \"\(query)\"\(more)}}"
    }

    /// Each rule has a line, from the fifth on.
    private static func rules(_ rules: String...) -> String { Self.rules(rules) }

    private static func rules(_ rules: [String]) -> String {
        "cache:\n  namespaces:\n    - names: [shop]\n      rules:\n" + rules.map { "        - \($0)\n" }.joined()
    }

    @Test(
        arguments: [
            ("cache: {listen: 1}", 1, "cache.listen"),
            ("cache:\n  memory: 1KiB", 2, "cache.memory"),
            ("cache:\n  compression: gzip", 2, "or off"),
            ("cache:\n  compression: 512", 2, "cache.compression"),
            ("cache:\n  compression: 99999999999999999999GiB", 2, "cache.compression"),
            ("cache:\n  ttl: never", 2, "cache.ttl"),
            ("cache:\n  lag: 0s", 2, "cache.lag"),
            ("cache:\n  memry: 1GiB", 2, "cache.memry"),
            ("cache:\n  listen: 0.0.0.0:8090", 2, "asks for no credential"),
            ("cache:\n  namespaces:\n    - {names: [shop], quota: 1}", 3, "cache.namespaces[0].quota"),
            ("cache:\n  namespaces:\n    - {memory: 1MiB}", 3, "cache.namespaces[0].names"),
            ("cache:\n  namespaces:\n    - {names: [shop], entries: 0}", 3, "cache.namespaces[0].entries"),
            ("cache:\n  namespaces:\n    - {names: [\"a b\"]}", 3, "cache.namespaces[0].names"),
            ("cache:\n  database: nowhere", 2, "cache.database"),
            (api("writes: \"http://a/w\""), 3, "set cache.api.read, too"),
            (api("read: \"http://a/{key}\""), 3, "set cache.api.writes, too"),
            (api("writes: \"a/w\"", "read: \"http://a/{key}\""), 3, "an address for batches of writes"),
            (api("writes: \"http://a/{key}\"", "read: \"http://a/{key}\""), 3, "an address for batches of writes"),
            (api("writes: \"http://u:p@a/w\"", "read: \"http://a/{key}\""), 3, "an address for batches of writes"),
            (api("writes: \"http://a/w\"", "read: \"http://a/\""), 4, "an address of things"),
            (api("writes: \"http://a/w\"", "read: \"http://a/{key}\"", "timeout: 1h"), 5, "cache.api.timeout"),
            (api("wirtes: \"http://a/w\""), 3, "cache.api.wirtes"),
            (
                api("writes: \"http://a/w\"", "read: \"http://a/{key}\"") + "  database: postgres://u@h/d", 3,
                "a cache has one main database"
            ),
            (sql("SELECT key, value FROM things", "postgres://u@h/d"), 3, "a query for keys"),
            (sql("SELECT key, value FROM things WHERE key = ANY($1)", nil), 3, "set database of this origin"),
            (sql("SELECT key, value FROM things WHERE key = ANY($1)", "nowhere"), 3, "origin.database"),
            ("cache:\n  database: postgres://u@h/d\n  advertise: cache-1:80", 3, "cache.advertise"),
            ("cache:\n  database: postgres://u@h/d\n  flushCount: 0", 3, "cache.flushCount"),
            ("cache:\n  namespaces:\n    - {names: [shop], durability: log}", 3, "cache.namespaces[0].durability"),
            ("cache:\n  namespaces:\n    - {names: [shop], durability: disk}", 3, "cache.namespaces[0].durability"),
            ("cache:\n  namespaces:\n    - {names: [shop], putScope: all}", 3, "cache.namespaces[0].putScope"),
            ("cache:\n  namespaces:\n    - {names: [shop], mirrors: {}}", 3, "asks no other nodes"),
            ("cache:\n  namespaces:\n    - {names: [shop], mirrors: {time: 2s}}", 3, "namespaces[0].mirrors.time"),
            ("cache:\n  namespaces:\n    - {names: [shop], warming: {}}", 3, "warming needs an origin"),
            (origin("timeout: 1s}, warming: {keys: 0"), 3, "cache.namespaces[0].warming.keys"),
            (origin("write: {url: \"http://a/\"}"), 3, "accepts writes"),
            (origin("write: {url: \"http://a/{key}\", method: GET}"), 3, "one of PUT, POST, PATCH"),
            (origin("compareIgnore: [at]"), 3, "JSON pointers"),
            (rules("{ttl: 1m}"), 5, "cache.namespaces[0].rules[0]: names neither a key nor a tag"),
            (rules("{key: \"a*\"}"), 5, "cache.namespaces[0].rules[0]: sets no time"),
            (rules("{kye: \"a*\", ttl: 1m}"), 5, "did you mean key?"),
            (rules("{key: \"\", ttl: 1m}"), 5, "matches nothing: write * for all"),
            (rules("{key: [a, b], ttl: 1m}"), 5, "is not one pattern"),
            (rules("{key: \"\(String(repeating: "*a", count: 200))\", ttl: 1m}"), 5, "at most 256 bytes"),
            (rules("{key: \"a\\tb\", ttl: 1m}"), 5, "no control characters"),
            (rules("{tag: \"a b\", ttl: 1m}"), 5, "is not a pattern of tags"),
            (rules("{tag: a, ttl: 0s}"), 5, "rules[0].ttl"),
            (rules("{tag: a, staleIfError: soon}"), 5, "rules[0].staleIfError"),
            (rules("{key: \"*\", ttl: 1m}", "{key: a, tag: b, ttl: 1m}"), 6, "rules[1]: is never reached"),
            (rules("{tag: a, ttl: 1m}", "{tag: a, ttl: 2m}"), 6, "rules[0] means the same entries"),
            (rules("a"), 5, "instead of a group of keys"),
            (rules(Array(repeating: "{tag: a, ttl: 1m}", count: 33)), 37, "at most 32 rules"),
        ] as [(String, Int, String)])
    func everyFaultIsNamedWithItsLine(_ text: String, _ line: Int, _ words: String) throws {
        let directory = try TemporaryDirectory("cache")
        try directory.write("cachesync.yaml", text)
        let result = try BuiltCommand.run([
            "cache", "--brokers", "127.0.0.1:1", "--config", directory.file("cachesync.yaml"),
        ])
        #expect(result.exitCode == 78, "\(result.output)")
        #expect(result.output.contains("cachesync.yaml:\(line)"), "\(result.output)")
        #expect(result.output.contains(words), "\(result.output)")
    }
}

/// Speaks to a node under a name that it goes by.
private struct CacheClient {
    let port: Int

    func send(_ method: String, _ target: String, _ body: String = "") throws -> RawAnswer {
        let head = "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        return try RawHTTP.exchange(port, Array((head + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)").utf8))
    }
}
