import Storage
import Synchronization
import TestSupport
import Testing

/// Tests of schemas on PostgreSQL.
@Suite(.enabled(if: PostgresServer.isAvailable, PostgresFixture.missing))
struct PostgresSchemaTests {
    private let fixture: PostgresFixture
    private let first = Schema(applicationID: 7, steps: ["CREATE TABLE a (x bigint); CREATE TABLE c (x bigint)"])
    private let second = Schema(
        applicationID: 7,
        steps: [
            "CREATE TABLE a (x bigint); CREATE TABLE c (x bigint)", "ALTER TABLE a ADD COLUMN y bigint DEFAULT 5",
        ])

    init() throws {
        fixture = try PostgresFixture()
    }

    @Test func aSchemaGetsOnlyTheStepsItLacks() throws {
        let connection = try connect()
        expect(.cannotOpen("")) { try connection.require(first) }
        try connection.migrate(to: first)
        try connection.execute("INSERT INTO a VALUES (1)")
        try connection.migrate(to: first)
        expect(.cannotOpen("")) { try connection.require(second) }
        try connection.migrate(to: second)
        try connection.require(second)
        #expect(try connection.integer("SELECT y FROM views.a") == 5)
        #expect(try connection.integer("SELECT count(*) FROM views.schema_steps") == 1)
    }

    @Test func aNewerSchemaIsRefused() throws {
        let connection = try connect()
        try connection.migrate(to: second)
        expect(.newerSchema("")) { try connection.migrate(to: first) }
        expect(.newerSchema("")) { try connection.require(first) }
    }

    @Test func anotherProgramsSchemaIsRefused() throws {
        let connection = try connect()
        try connection.execute("CREATE SCHEMA views; CREATE TABLE theirs (x bigint)")
        expect(.cannotOpen("")) { try connection.migrate(to: first) }
        try connection.execute("CREATE TABLE schema_steps (other text)")
        expect(.cannotOpen("")) { try connection.migrate(to: first) }
        try connection.execute("DROP TABLE schema_steps")
        try connection.execute("CREATE TABLE schema_steps (application_id bigint, steps bigint)")
        expect(.cannotOpen("")) { try connection.migrate(to: first) }
        try connection.execute("INSERT INTO schema_steps VALUES (8, 0)")
        expect(.cannotOpen("")) { try connection.migrate(to: first) }
        let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'views'"
        #expect(try connection.integer(tables) == 2)
    }

    @Test func aStepThatFailsLeavesTheSchemaAsItWas() throws {
        let connection = try connect()
        let broken = Schema(
            applicationID: 7, steps: first.steps + ["CREATE TABLE b (x bigint)", "CREATE TABLE a (x bigint)"])
        expect(.other(code: "42P07", "")) { try connection.migrate(to: broken) }
        #expect(try connection.integer("SELECT to_regnamespace('views') IS NULL") == 1)
        try connection.migrate(to: first)
        expect(.other(code: "42P07", "")) { try connection.migrate(to: broken) }
        try connection.require(first)
        #expect(try connection.integer("SELECT to_regclass('views.b') IS NULL") == 1)
    }

    @Test func ofSeveralThatMigrateAtOnceOneDoes() async throws {
        let fixture = fixture
        let schema = Schema(
            applicationID: 7, steps: ["CREATE TABLE a (x bigint)", "INSERT INTO a SELECT 1 FROM pg_sleep(0.2)"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var options = PostgresConnection.Options()
                    options.schemaName = "views"
                    try fixture.connect(options).migrate(to: schema)
                }
            }
            try await group.waitForAll()
        }
        #expect(try connect().integer("SELECT count(*) FROM a") == 1)
    }

    @Test func oneThatIsAtItForLongKeepsTheOthersOut() throws {
        let slow = try connect()
        try slow.migrate(to: first)
        try slow.transaction { transaction in
            // As a migration of the same schema has it.
            try transaction.run("SELECT pg_advisory_xact_lock(7, hashtext('views'))")
            let other = try connect(lockTimeout: .milliseconds(50))
            expect(.busy("")) { try other.migrate(to: second) }
            try other.require(first)
        }
        try slow.migrate(to: second)
    }

    private func connect(lockTimeout: Duration = .seconds(5)) throws -> PostgresConnection {
        var options = PostgresConnection.Options()
        options.schemaName = "views"
        options.lockTimeout = lockTimeout
        return try fixture.connect(options)
    }
}
