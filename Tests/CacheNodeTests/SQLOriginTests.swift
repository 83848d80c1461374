import CacheNode
import Caches
import Foundation
import Glibc
import Invalidations
import Storage
import TestSupport
import Testing

/// Namespaces whose values come from a team's own tables, on a real PostgreSQL.
@Suite(
    .serialized, .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.missing ?? "")),
    .timeLimit(.minutes(2)))
struct SQLOriginTests {
    private static let shop = CacheFixture.shop
    private static let query = """
        SELECT sku AS key, jsonb_build_object('price', price) AS value, tags, ttl FROM products WHERE sku = ANY($1)
        """

    private static func products(_ url: String) throws -> PostgresConnection {
        let connection = try PostgresConnection(PostgresAddress(url))
        try connection.execute(
            """
            CREATE TABLE products (sku text PRIMARY KEY, price numeric, tags text[], ttl numeric);
            INSERT INTO products SELECT 'p' || n, n, ARRAY['t'], NULL FROM generate_series(1, 300) AS n;
            INSERT INTO products VALUES ('short', 1, NULL, 0), ('quoted "x"', 2, '{}', 1.5)
            """)
        return connection
    }

    /// Its values are the times of the questions.
    static func timedOrigin() throws -> SQLOriginConfiguration {
        let url = try PostgresCluster.createDatabase()
        _ = try products(url)
        let query = "SELECT sku AS key, statement_timestamp()::text AS value FROM products WHERE sku = ANY($1)"
        return try #require(SQLOriginConfiguration(query, database: PostgresAddress(url)))
    }

    private static func node(
        _ url: String, _ query: String = query,
        loadTime: Duration = .seconds(10), _ change: (inout SQLOriginConfiguration) -> Void = { _ in }
    ) throws -> CacheFixture {
        var origin = try #require(SQLOriginConfiguration(query, database: PostgresAddress(url)))
        // Longer than a test holds the table locked.
        origin.timeout = OriginServer.patience
        change(&origin)
        return try CacheFixture {
            $0.fills.loadTimeMax = OriginServer.patience
            var entry = CacheConfiguration.NamespaceEntry(.exactly("shop"), NamespaceRules())
            entry.sqlOrigin = origin
            $0.namespaces = [entry]
            $0.fills.loadTimeMax = loadTime
        }
    }

    @Test func rowsAreValuesAndNoRowIsRemembered() throws {
        let url = try PostgresCluster.createDatabase()
        let database = try Self.products(url)
        let node = try Self.node(url)
        let answer = try node.get("p7", Self.shop)
        #expect(answer.status == 200 && answer.text == "{\"price\": 7}", "\(answer)")
        #expect(answer.header("Cache-Groups")?.contains("t") == true)
        #expect(answer.header("Cache-Status")?.contains("stored") == true, "\(answer)")
        #expect(try node.get("p7", Self.shop).header("Cache-Status")?.contains("hit") == true)
        #expect(try node.get("quoted%20%22x%22", Self.shop).text == "{\"price\": 2}")
        try database.execute("UPDATE products SET price = 99")
        #expect(try node.get("p7", Self.shop).text == "{\"price\": 7}", "from the cache")
        #expect(try node.get("short", Self.shop).text == "{\"price\": 99}")
        try database.execute("UPDATE products SET price = 100")
        #expect(try node.get("short", Self.shop).text == "{\"price\": 100}", "a ttl of 0 keeps nothing")
        #expect(try node.put("x", "{\"tags\":[\"t\"]}", Self.shop).status == 200)
        #expect(try node.get("p7", Self.shop).text == "{\"price\": 100}", "loaded once more")

        #expect(try node.get("none", Self.shop).status == 404)
        try database.execute("INSERT INTO products VALUES ('none', 1)")
        let negative = try node.get("none", Self.shop)
        #expect(negative.status == 404 && negative.header("Cache-Status")?.contains("negative") == true)
    }

    /// Keys that Swift takes for the same text, in one question, and rows in any order: each reader gets its own.
    @Test func eachReaderGetsTheRowOfItsOwnKey() throws {
        let url = try PostgresCluster.createDatabase()
        let database = try Self.products(url)
        try database.execute(
            """
            INSERT INTO products SELECT U&'caf\\00e9' || n, 1000 + n, NULL, NULL FROM generate_series(1, 60) AS n;
            INSERT INTO products SELECT U&'cafe\\0301' || n, 2000 + n, NULL, NULL FROM generate_series(1, 60) AS n
            """)
        let node = try Self.node(url, Self.query + " ORDER BY random()") { $0.connections = 2 }
        try database.execute("BEGIN; LOCK TABLE products")
        var random = SeededGenerator.printed("rows")
        var keys = (1...60).flatMap { [("caf%C3%A9\($0)", 1_000 + $0), ("cafe%CC%81\($0)", 2_000 + $0)] }
        keys += (1...200).map { ("p\($0)", $0) }
        keys.shuffle(using: &random)
        let readers = try ManyReaders(node, keys.map { "/cache?key=\($0.0)\(Self.shop)" })
        try database.execute("COMMIT")
        let wrong = zip(keys, readers.answers()).filter { $1 != "{\"price\": \($0.1)}" }
        #expect(wrong.isEmpty, "seed \(random.seed): \(wrong.count), such as \(wrong.first.map { "\($0)" } ?? "")")
    }

    /// All rows of one question have the same time, and no two questions have.
    @Test func aHerdLoadsEachKeyOnceInFewQuestions() throws {
        let url = try PostgresCluster.createDatabase()
        let database = try Self.products(url)
        let node = try Self.node(
            url, "SELECT sku AS key, statement_timestamp()::text AS value FROM products WHERE sku = ANY($1);\n")
        try database.execute("BEGIN; LOCK TABLE products")
        let sockets = try (0..<500).map { _ in try RawHTTP.connect(node.port) }
        defer { sockets.forEach { _ = Glibc.close($0) } }
        for (number, socket) in sockets.enumerated() {
            let request = Array(
                """
                GET /cache?key=p\(number % 50 + 1)\(Self.shop) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n
                """.utf8)
            #expect(RawHTTP.sendAtOnce(socket, request) == request.count)
        }
        try eventually("all wait", within: .seconds(50)) {
            try RawHTTP.get(node.port, "/metrics").text.contains("cachesync_cache_collapsed_total 450\n")
        }
        try database.execute("COMMIT")
        var values: [Int: Set<String>] = [:]
        for (number, socket) in sockets.enumerated() {
            let answer = String(decoding: RawHTTP.readAll(socket), as: UTF8.self)
            #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer)")
            values[number % 50, default: []].insert(answer.components(separatedBy: "\r\n\r\n").last ?? "")
        }
        #expect(values.count == 50 && values.values.allSatisfy { $0.count == 1 }, "one load for each key")
        let questions = Set(values.values.joined())
        #expect(questions.count <= 4, "two connections wait, and what comes meanwhile joins: \(questions.count)")
    }

    /// The questions take longer than all loads have time for: those who came last are answered all the same.
    @Test func aDatabaseThatIsTooSlowAnswersWhoStillWaits() throws {
        let url = try PostgresCluster.createDatabase()
        let database = try Self.products(url)
        try database.execute("INSERT INTO products SELECT 'p' || n, n FROM generate_series(301, 1101) AS n")
        let query = "SELECT sku AS key, price AS value FROM products, pg_sleep(0.6) WHERE sku = ANY($1)"
        let node = try Self.node(url, query, loadTime: .seconds(2)) { $0.connections = 1 }
        let readers = try ManyReaders(node, (1...450).map { "/cache?key=p\($0)\(Self.shop)" })
        try eventually("all wait", within: .seconds(30)) {
            try RawHTTP.get(node.port, "/metrics").text.contains(
                "cachesync_cache_loads_total{result=\"started\"} 450\n")
        }
        for number in 1_001...1_003 {
            let answer = try node.get("p\(number)", Self.shop)
            #expect(answer.status == 200 && answer.text == "\(number)", "\(answer)")
        }
        let answered = readers.answers().count { Int($0) != nil }
        #expect((100...449).contains(answered), "\(answered) of 450 were in time")
        try eventually("nothing old is asked for", within: .seconds(1)) {
            try node.get("p1101", Self.shop).status == 200
        }
    }

    @Test func anInvalidationOvertakesALoad() throws {
        let url = try PostgresCluster.createDatabase()
        let database = try Self.products(url)
        let node = try Self.node(url)
        try database.execute("BEGIN; LOCK TABLE products")
        let before = BackgroundRead { try node.get("p1", Self.shop) }
        try eventually("the load waits") {
            try RawHTTP.get(node.port, "/metrics").text.contains("cachesync_cache_loads_total{result=\"started\"} 1\n")
        }
        #expect(try node.put("x", "{\"tags\":[\"t\"]}", Self.shop).status == 200)
        try database.execute("COMMIT")
        let answer = try before.result()
        #expect(answer.status == 200 && answer.header("Cache-Status")?.contains("overtaken") == true, "\(answer)")
        let next = try node.get("p1", Self.shop)
        #expect(next.header("Cache-Status")?.contains("stored") == true, "\(next)")
    }

    /// A key that the query cannot deal with harms no other.
    @Test func aKeyThatIsNoNumberFailsAlone() throws {
        let url = try PostgresCluster.createDatabase()
        let database = try Self.products(url)
        try database.execute("CREATE TABLE stock AS SELECT n AS id, n * 2 AS count FROM generate_series(1, 9) AS n")
        let query = "SELECT id AS key, count AS value FROM stock WHERE id = ANY($1::bigint[])"
        let node = try Self.node(url, query) { $0.connections = 1 }
        // One question, since the only connection waits.
        try database.execute("BEGIN; LOCK TABLE stock")
        let reads = ["1", "2", "bad", "3"].map { key in BackgroundRead { try node.get(key, Self.shop) } }
        try eventually("all wait") {
            try RawHTTP.get(node.port, "/metrics").text.contains(
                "cachesync_cache_loads_total{result=\"started\"} 4\n")
        }
        try database.execute("COMMIT")
        #expect(try reads.map { try $0.result().status } == [200, 200, 502, 200])
        #expect(try node.get("3", Self.shop).text == "6")
    }

    @Test func aDatabaseThatIsAwayIsAskedOnceItIsBack() throws {
        let server = try PostgresServer()
        let url = try server.createDatabase()
        _ = try Self.products(url)
        let node = try Self.node(url) { $0.staleIfError = .seconds(3_600) }
        #expect(try node.get("quoted%20%22x%22", Self.shop).status == 200)
        server.kill()
        try eventually("it is stale, and stands in", within: .seconds(30)) {
            let answer = try node.get("quoted%20%22x%22", Self.shop)
            #expect(answer.status == 200, "\(answer)")
            return answer.header("Cache-Status")?.contains("ttl=-") == true
        }
        #expect([502, 503].contains(try node.get("p1", Self.shop).status))
        try server.restart()
        try eventually("it is loaded", within: .seconds(60)) { try node.get("p1", Self.shop).status == 200 }
    }

    @Test(arguments: [
        ("SELECT sku AS key, prize AS value FROM products WHERE sku = ANY($1)", "prize"),
        ("SELECT sku, price AS value FROM products WHERE sku = ANY($1)", "no column key"),
        ("SELECT sku AS key, price FROM products WHERE sku = ANY($1)", "no column value"),
        ("DELETE FROM products WHERE sku = ANY($1) RETURNING sku AS key, price AS value", "syntax error"),
        (
            "SELECT sku AS key, price AS value, now() AS ttl FROM products WHERE sku = ANY($1)",
            "operator does not exist"
        ),
        ("SELECT sku AS key, 1 AS value FROM goods WHERE sku = ANY($1)", "goods"),
    ])
    func aWrongQueryIsRefusedAtTheStart(_ query: String, _ words: String) throws {
        let url = try PostgresCluster.createDatabase()
        _ = try Self.products(url)
        let error = #expect(throws: (any Error).self) { try Self.node(url, query) }
        let text = String(describing: error)
        #expect(text.contains(words) && text.contains("asks for the keys as $1"), "\(text)")
    }

    @Test(arguments: ["SELECT key, value FROM things", "SELECT $1, $2", ""])
    func aQueryWithoutKeysIsNone(_ query: String) throws {
        let address = try PostgresAddress("postgres://u@h/d")
        #expect(SQLOriginConfiguration(query, database: address) == nil)
    }
}
