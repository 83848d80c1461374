import Foundation
import Storage
import TestSupport
import Testing

/// Tests of database files.
struct DatabaseFileTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let fresh: String

    init() throws {
        directory = try TemporaryDirectory("file")
        path = directory.file("test.sqlite")
        fresh = directory.file("fresh.sqlite")
    }

    @Test func oneDatabaseReplacesAnotherUnderOpenReaders() throws {
        // The old one is left with a log that has not gone into its file.
        let old = try database(path, holding: 1)
        let reader = try Connection(path: path, access: .read)
        #expect(try reader.integer("SELECT a FROM t") == 1)
        do { _ = try database(fresh, holding: 2) }
        try DatabaseFile.replace(path, with: fresh)
        #expect(try reader.integer("SELECT a FROM t") == 1)
        #expect(try old.integer("SELECT a FROM t") == 1)
        #expect(try Connection(path: path, access: .write).integer("SELECT a FROM t") == 2)
        #expect(FileIdentity(path: fresh) == nil)
    }

    @Test func aDatabaseInUseDoesNotMove() throws {
        _ = try database(path, holding: 1)
        let open = try database(fresh, holding: 2)
        expect(.busy("")) { try DatabaseFile.replace(path, with: fresh) }
        #expect(try open.integer("SELECT a FROM t") == 2)
    }

    @Test func aLogLeftWithoutItsFileIsNotReplayed() throws {
        // As if a process had died between removing the file and removing the log.
        let dying = try database(path, holding: 1)
        try FileManager.default.removeItem(atPath: path)
        #expect(FileIdentity(path: path + "-wal") != nil)
        let connection = try Connection(path: path, access: .write)
        #expect(try connection.integer("SELECT count(*) FROM sqlite_schema") == 0)
        withExtendedLifetime(dying) {}
    }

    private func database(_ path: String, holding value: Int) throws -> Connection {
        let connection = try Connection(path: path, access: .write)
        try connection.execute("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (\(value))")
        return connection
    }
}
