import Storage
import TestSupport
import Testing

/// Tests of connections to PostgreSQL.
@Suite(.enabled(if: PostgresServer.isAvailable, PostgresFixture.missing))
struct PostgresConnectionTests {
    private let fixture: PostgresFixture

    init() throws {
        fixture = try PostgresFixture()
    }

    @Test func valuesOfEveryKindComeBackAsTheyWent() throws {
        let connection = try fixture.table("n serial, a bigint, b text, c bytea, d bytea")
        let insert = "INSERT INTO t (a, b, c, d) VALUES ($1, $2, $3, $4)"
        let wide: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1] + [UInt8](repeating: 255, count: 8)
        let result = try connection.run(
            insert, [.integer(.min), .text("aé\u{1F600}"), .bytes([0, 255]), .bytes(wide)])
        #expect(result.changes == 1)
        try connection.run(insert, [.integer(nil), .text(""), .bytes([]), .bytes(nil)])
        try connection.run(insert, [.integer(.max), .text(nil), .bytes(nil), .bytes([1])])
        let rows = try connection.run("SELECT a, b, c, d FROM t ORDER BY n")
        var row = 0
        rows.forEachRow { found in
            switch row {
            case 0:
                #expect(found.integer(0) == .min)
                #expect(found.text(1) == "aé\u{1F600}")
                #expect(found.bytes(2) == [0, 255] && found.wide(2) == nil)
                #expect(found.wide(3)?.high == 1 && found.wide(3)?.low == .max)
            case 1:
                #expect(found.isNull(0) && found.integer(0) == 0)
                #expect(found.text(1) == "" && !found.isNull(1))
                #expect(found.bytes(2) == [] && !found.isNull(2))
                #expect(found.isNull(3) && found.bytes(3) == [] && found.wide(3) == nil)
            default: #expect(found.integer(0) == .max && found.isNull(1) && found.text(1) == "")
            }
            row += 1
        }
        #expect(row == 3 && rows.rowCount == 3)
    }

    @Test func whatIsNoTextOfTheServersBecomesOne() throws {
        let connection = try fixture.connect()
        let found = try connection.run("SELECT $1, length($1)", [.text("a\u{0}b\u{0}")])
        #expect(found.firstRow { $0.text(0) } == "a\u{FFFD}b\u{FFFD}")
        #expect(found.firstRow { $0.integer(1) } == 4)
    }

    @Test func smallerNumbersAndTruthValuesAreNumbersToo() throws {
        let connection = try fixture.connect()
        let row = try connection.run("SELECT (-2)::smallint, (-3)::integer, true, false, 'x'::text, 1.5")
        let numbers = row.firstRow { row in (0..<6).map { row.integer($0) } }
        #expect(numbers == [-2, -3, 1, 0, 0, 0])
        #expect(row.firstRow { $0.isNull(6) } == true)
    }

    @Test func arraysGoThereAndBack() throws {
        let connection = try fixture.connect()
        var integers = PostgresIntegers([.min, 0])
        integers.append(nil)
        integers.append(.max)
        var texts = PostgresTexts(["", "a,\"b\"{}", "x\u{0}"])
        texts.append(nil)
        let found = try connection.run(
            "SELECT $1, $2, array_length($3, 1), $4, cardinality($5)",
            [
                .integers(integers), .texts(texts), .blobs(PostgresBlobs([[1], [], [2, 3]])),
                .integers(PostgresIntegers()), .blobs(PostgresBlobs()),
            ])
        #expect(found.firstRow { $0.integers(0) } == [.min, 0, 0, .max])
        #expect(found.firstRow { $0.texts(1) } == ["", "a,\"b\"{}", "x\u{FFFD}", ""])
        #expect(found.firstRow { $0.integer(2) } == 3)
        #expect(found.firstRow { $0.integers(3) } == [])
        #expect(found.firstRow { $0.integer(4) } == 0)
        #expect(found.firstRow { $0.texts(0) } == [], "an array of other elements is none of texts")
    }

    @Test func manyRowsAreStoredAndLoadedByOneStatementEach() throws {
        let connection = try fixture.table("id bytea PRIMARY KEY, name text, size bigint")
        let count: UInt64 = 100_000
        var ids = PostgresBlobs()
        var names = PostgresTexts()
        var sizes = PostgresIntegers()
        for number in 0..<count {
            ids.append(high: number, low: 7)
            if number % 3 == 0 { names.append(nil) } else { names.append("name \(number)") }
            sizes.append(Int64(number))
        }
        let stored = try connection.run(
            "INSERT INTO t SELECT * FROM unnest($1::bytea[], $2::text[], $3::bigint[])",
            [.blobs(ids), .texts(names), .integers(sizes)])
        #expect(stored.changes == Int(count))
        let loaded = try connection.run(
            "SELECT id, name, size FROM t JOIN unnest($1::bytea[]) AS wanted (id) USING (id) ORDER BY id", [.blobs(ids)]
        )
        var next: UInt64 = 0
        var wrong = 0
        loaded.forEachRow { row in
            let name = next % 3 == 0 ? "" : "name \(next)"
            let isRight = row.wide(0)?.high == next && row.wide(0)?.low == 7 && row.text(1) == name
            if !isRight || row.integer(2) != Int64(next) { wrong += 1 }
            next += 1
        }
        #expect(next == count && wrong == 0)
    }

    @Test func moreStatementsThanAreKeptAreRunAllTheSame() throws {
        let connection = try fixture.connect()
        for round in 0..<2 {
            for number in 0..<230 {
                let found = try connection.integer("SELECT $1 + \(number)", [.integer(Int64(round))])
                #expect(found == Int64(number + round))
            }
        }
        let prepared = try connection.integer("SELECT count(*) FROM pg_prepared_statements") ?? 0
        #expect(prepared == 200)
    }

    @Test func errorsSayWhatTheyAre() throws {
        let connection = try fixture.table("a bigint UNIQUE")
        try connection.run("INSERT INTO t VALUES (1)")
        expect(.constraint("")) { try connection.run("INSERT INTO t VALUES (1)") }
        expect(.other(code: "42P01", "")) { try connection.run("SELECT * FROM nowhere") }
        expect(.other(code: "42601", "")) { try connection.execute("SELECT 1; nonsense") }
        expect(.other(code: "42601", "")) { try connection.run("SELECT 1\u{0}") }
        try connection.execute("SET default_transaction_read_only = on")
        expect(.readOnly("")) { try connection.run("INSERT INTO t VALUES (2)") }
        #expect(try connection.integer("SELECT count(*) FROM t") == 1)
    }

    @Test func aPasswordIsNeededAndNeverTold() throws {
        let server = try PostgresCluster.server()
        try server.run("DROP ROLE IF EXISTS guarded; CREATE ROLE guarded LOGIN PASSWORD 'hunter2'")
        let address = { (password: String) in
            try PostgresAddress("postgres://guarded:\(password)@127.0.0.1:\(server.port)/postgres")
        }
        #expect(try PostgresConnection(address("hunter2")).integer("SELECT 7") == 7)
        let error = #expect(throws: StorageError.self) { try PostgresConnection(address("hunter3")) }
        guard case .cannotOpen(let said)? = error else {
            Issue.record("not refused: \(String(describing: error))")
            return
        }
        #expect(said.contains("password authentication failed") && !said.contains("hunter3"))
        let connection = try PostgresConnection(address("hunter2"))
        let other = #expect(throws: StorageError.self) { try connection.execute("SELECT hunter2") }
        #expect(other.map { !"\($0)".contains("hunter2") && "\($0)".contains("***") } == true)
    }

    @Test func aSchemasNameIsAPlainOne() {
        for name in ["", "Views", "a b", "a\"", "1a", String(repeating: "a", count: 64)] {
            var options = PostgresConnection.Options()
            options.schemaName = name
            expect(.cannotOpen("")) { _ = try fixture.connect(options) }
        }
    }
}
