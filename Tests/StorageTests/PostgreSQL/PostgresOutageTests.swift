import Foundation
import Storage
import TestSupport
import Testing

/// Tests of a PostgreSQL that is slow, full, or gone.
@Suite(.serialized, .enabled(if: PostgresServer.isAvailable, PostgresFixture.missing))
struct PostgresOutageTests {
    @Test func aStatementThatIsTooSlowIsBrokenOff() throws {
        let fixture = try PostgresFixture()
        var options = PostgresConnection.Options()
        options.statementTimeout = .milliseconds(50)
        let connection = try fixture.connect(options)
        expect(.busy("")) { try connection.run("SELECT pg_sleep(60)") }
        expect(.busy("")) { _ = try connection.transaction { try $0.run("SELECT pg_sleep(60)") } }
        #expect(try connection.integer("SELECT 7") == 7)
    }

    @Test func aLockThatAnotherHoldsIsNotWaitedForForever() throws {
        let fixture = try PostgresFixture()
        let first = try fixture.table("a bigint")
        try first.run("INSERT INTO t VALUES (1)")
        var options = PostgresConnection.Options()
        options.lockTimeout = .milliseconds(50)
        let second = try fixture.connect(options)
        try first.transaction { transaction in
            try transaction.run("UPDATE t SET a = 2")
            expect(.busy("")) { try second.run("UPDATE t SET a = 3") }
        }
        try second.run("UPDATE t SET a = 3")
        #expect(try first.integer("SELECT a FROM t") == 3)
    }

    @Test func twoThatWaitForEachOtherAreToldApart() async throws {
        let fixture = try PostgresFixture()
        let setup = try fixture.table("a bigint")
        try setup.run("INSERT INTO t VALUES (1), (2)")
        @Sendable func update(_ rows: [Int64]) throws {
            let connection = try fixture.connect()
            try connection.transaction { transaction in
                try transaction.run("UPDATE t SET a = a WHERE a = $1", [.integer(rows[0])])
                try transaction.run("SELECT pg_advisory_xact_lock_shared(1)")
                // Both have their first row.
                try eventually("both have begun") {
                    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 1"
                    return try transaction.run(locks).firstRow { $0.integer(0) } == 2
                }
                try transaction.run("UPDATE t SET a = a WHERE a = $1", [.integer(rows[1])])
            }
        }
        let errors = await withTaskGroup(of: StorageError?.self) { group in
            for rows in [[Int64(1), 2], [2, 1]] {
                group.addTask {
                    do {
                        try update(rows)
                        return nil
                    } catch {
                        return error as? StorageError
                    }
                }
            }
            return await group.reduce(into: [StorageError]()) { errors, error in
                if let error { errors.append(error) }
            }
        }
        #expect(errors.count == 1)
        if let error = errors.first { expect(.busy("")) { throw error } }
    }

    @Test func aServerThatIsKilledLosesItsConnections() throws {
        let server = try PostgresServer()
        let url = try server.createDatabase()
        let connection = try PostgresConnection(PostgresAddress(url))
        try connection.execute("CREATE TABLE t (a bigint); INSERT INTO t VALUES (1)")
        expect(.inputOutput("")) {
            try connection.transaction { transaction in
                try transaction.run("INSERT INTO t VALUES (2)")
                server.kill()
                // The server's process for this connection ends when it finds itself alone.
                try eventually("the connection breaks") {
                    try transaction.run("SELECT 1")
                    return false
                }
            }
        }
        #expect(!connection.isUsable)
        expect(.inputOutput("")) { try connection.execute("SELECT 1") }
        expect(.inputOutput("")) { try connection.run("SELECT 1") }
        expect(.cannotOpen("")) { _ = try PostgresConnection(PostgresAddress(url)) }

        try server.restart()
        let next = try PostgresConnection(PostgresAddress(url))
        #expect(try next.integer("SELECT sum(a)::bigint FROM t") == 1)
        try server.stop()
        expect(.inputOutput("")) { try next.run("SELECT 1") }
    }

    @Test func aServerThatSaysNothingIsGivenUp() throws {
        let fixture = try PostgresFixture()
        var options = PostgresConnection.Options()
        options.statementTimeout = .milliseconds(1)
        options.silenceMargin = .milliseconds(200)
        let connection = try fixture.connect(options)
        let process = Int32(truncatingIfNeeded: try connection.integer("SELECT pg_backend_pid()") ?? 0)
        #expect(process > 1)
        kill(process, SIGSTOP)
        defer { kill(process, SIGCONT) }
        let begin = ContinuousClock.now
        expect(.inputOutput("")) { try connection.run("SELECT 1") }
        #expect(ContinuousClock.now - begin < .seconds(10))
        #expect(!connection.isUsable)
    }

    @Test(.enabled(if: SmallFilesystem.missing == nil, Comment(rawValue: SmallFilesystem.missing ?? "")))
    func aFullDiskIsToldApartAndLeavesTheConnectionUsable() throws {
        let disk = try SmallFilesystem(bytes: 4 << 20)
        let fixture = try PostgresFixture()
        let connection = try fixture.connect()
        let folder = disk.file("tables")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o777])
        let server = try PostgresCluster.server()
        try server.giveAway(folder)
        let name = "small_\(fixture.url.suffix(8))"
        try server.run("CREATE TABLESPACE \(name) LOCATION '\(folder)'")
        defer { _ = try? server.run("DROP TABLESPACE \(name)") }
        try connection.execute("CREATE TABLE t (a text) TABLESPACE \(name)")
        expect(.full("")) {
            try connection.run("INSERT INTO t SELECT repeat('x', 1000) FROM generate_series(1, 10000)")
        }
        #expect(try connection.integer("SELECT count(*) FROM t") == 0)
        try connection.execute("DROP TABLE t")
    }
}
