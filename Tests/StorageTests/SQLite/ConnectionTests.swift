import Foundation
import Storage
import TestSupport
import Testing

/// Tests of connections to SQLite.
struct ConnectionTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory("storage")
        path = directory.file("test.sqlite")
    }

    @Test func valuesOfEveryKindComeBackAsTheyWent() throws {
        let connection = try table("a INTEGER, b TEXT, c BLOB, d BLOB")
        let insert = try connection.prepare("INSERT INTO t VALUES (?, ?, ?, ?)")
        insert.bind(1, .min)
        insert.bind(2, "a\u{0}é")
        insert.bind(3, [0, 255])
        insert.bind(4, high: 1, low: .max)
        try insert.run()
        insert.bindNull(1)
        insert.bind(2, "")
        insert.bind(3, [])
        try insert.run()
        #expect(connection.changes == 1)
        #expect(connection.lastInsertedRow == 2)

        var rows = 0
        try connection.prepare("SELECT * FROM t ORDER BY rowid").forEachRow { row in
            if rows == 0 {
                #expect(row.integer(0) == .min)
                #expect(row.text(1) == "a\u{0}é")
                #expect(row.bytes(2) == [0, 255])
                #expect(row.wide(2) == nil)
            } else {
                #expect(row.isNull(0) && row.integer(0) == 0)
                #expect(row.text(1) == "" && !row.isNull(1))
                #expect(row.bytes(2) == [] && !row.isNull(2))
            }
            #expect(row.wide(3)?.high == 1 && row.wide(3)?.low == .max)
            rows += 1
        }
        #expect(rows == 2)
    }

    @Test func wideBlobsSortAsTheirNumbersDo() throws {
        let connection = try table("a BLOB")
        let insert = try connection.prepare("INSERT INTO t VALUES (?)")
        for (high, low) in [(2, 1), (1, .max), (1, 256), (.max, 0)] as [(UInt64, UInt64)] {
            insert.bind(1, high: high, low: low)
            try insert.run()
        }
        var highs: [UInt64] = []
        try connection.prepare("SELECT a FROM t ORDER BY a").forEachRow { highs.append($0.wide(0)?.high ?? 0) }
        #expect(highs == [1, 1, 2, .max])
    }

    @Test func aTransactionThatThrowsLeavesNothing() throws {
        struct Interruption: Error {}
        let connection = try table("a INTEGER")
        #expect(throws: Interruption.self) {
            try connection.transaction {
                try connection.execute("INSERT INTO t VALUES (1)")
                throw Interruption()
            }
        }
        #expect(try connection.integer("SELECT count(*) FROM t") == 0)
        try connection.transaction { try connection.execute("INSERT INTO t VALUES (1)") }
        #expect(try connection.integer("SELECT count(*) FROM t") == 1)
    }

    @Test func readersSeeWhatIsCommittedAndCannotWrite() throws {
        let writer = try table("a INTEGER")
        let reader = try Connection(path: path, access: .read)
        try writer.transaction {
            try writer.execute("INSERT INTO t VALUES (1)")
            #expect(try reader.integer("SELECT count(*) FROM t") == 0)
        }
        #expect(try reader.integer("SELECT count(*) FROM t") == 1)
        try reader.snapshot {
            #expect(try reader.integer("SELECT count(*) FROM t") == 1)
            try writer.execute("INSERT INTO t VALUES (2)")
            #expect(try reader.integer("SELECT count(*) FROM t") == 1)
        }
        #expect(try reader.integer("SELECT count(*) FROM t") == 2)
        expect(.readOnly("")) { try reader.execute("INSERT INTO t VALUES (3)") }
    }

    @Test func aSecondWriterWaitsAndIsThenToldThatTheFileIsBusy() throws {
        let first = try table("a INTEGER")
        var options = Connection.Options()
        options.busyTimeout = .milliseconds(20)
        let second = try Connection(path: path, access: .write, options: options)
        try first.transaction {
            expect(.busy("")) { try second.transaction {} }
        }
        try second.transaction { try second.execute("INSERT INTO t VALUES (1)") }
    }

    @Test func aFullFileRollsTheTransactionBackAndStaysUsable() throws {
        try table("a BLOB").execute("INSERT INTO t VALUES (x'00')")
        var options = Connection.Options()
        options.bytesMax = 64 * 1024
        let connection = try Connection(path: path, access: .write, options: options)
        expect(.full("")) {
            try connection.transaction {
                for _ in 0..<100 { try connection.execute("INSERT INTO t VALUES (randomblob(4000))") }
            }
        }
        #expect(try connection.integer("SELECT count(*) FROM t") == 1)
        try connection.transaction { try connection.execute("INSERT INTO t VALUES (randomblob(4000))") }
        #expect(try connection.integer("SELECT count(*) FROM t") == 2)
    }

    @Test func aDamagedFileIsCalledDamaged() throws {
        try Data(repeating: 0x5A, count: 8_192).write(to: URL(fileURLWithPath: path))
        expect(.corrupt("")) { _ = try Connection(path: path, access: .write) }
    }

    @Test func aDamagedPageIsCalledDamaged() throws {
        do {
            let connection = try table("a BLOB")
            for _ in 0..<50 { try connection.execute("INSERT INTO t VALUES (randomblob(2000))") }
            try connection.checkpoint()
        }
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        try file.seek(toOffset: 4_096)
        try file.write(contentsOf: Data(repeating: 0xFF, count: 40_960))
        try file.close()
        let connection = try Connection(path: path, access: .read)
        expect(.corrupt("")) { _ = try connection.integer("SELECT sum(length(a)) FROM t") }
    }

    @Test func aMissingFileOrDirectoryCannotBeOpened() {
        expect(.cannotOpen("")) { _ = try Connection(path: path, access: .read) }
        expect(.cannotOpen("")) { _ = try Connection(path: path + "/none/x", access: .write) }
    }

    @Test func brokenRulesAreConstraints() throws {
        let connection = try table("a INTEGER UNIQUE")
        try connection.execute("INSERT INTO t VALUES (1)")
        expect(.constraint("")) { try connection.execute("INSERT INTO t VALUES (1)") }
        expect(.other(code: "1", "")) { _ = try connection.prepare("SELECT nonsense FROM nowhere") }
    }

    @Test func aLockHasOneHolder() throws {
        let lock = directory.file("lock")
        var first: FileLock? = try FileLock(path: lock)
        expect(.locked("")) { _ = try FileLock(path: lock) }
        #expect(first != nil)
        first = nil
        _ = try FileLock(path: lock)
        expect(.cannotOpen("")) { _ = try FileLock(path: lock + "/none/x") }
    }

    private func table(_ columns: String) throws -> Connection {
        let connection = try Connection(path: path, access: .write)
        try connection.execute("CREATE TABLE t (\(columns))")
        return connection
    }
}

/// Expects an error of the same case; texts differ.
func expect(
    _ kind: StorageError, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    let error = #expect(throws: StorageError.self, sourceLocation: sourceLocation) { try body() }
    let name = { (error: StorageError) in "\(error)".split(separator: ":").first }
    #expect(error.map(name) == name(kind), sourceLocation: sourceLocation)
}
