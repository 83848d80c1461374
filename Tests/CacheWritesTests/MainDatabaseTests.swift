import CacheWrites
import Caches
import Invalidations
import Runtime
import Storage
import TestSupport
import Testing

/// Questions about entries, to a real PostgreSQL.
@Suite(.enabled(if: WritesFixture.isAvailable, WritesFixture.missing), .timeLimit(.minutes(2)))
struct MainDatabaseTests {
    /// The database is slow; who asked when it was is not waited for by the time that it answers.
    @Test func whatIsTooLateIsNotAsked() throws {
        let fixture = try WritesFixture("questions")
        let configuration = FollowerConfiguration(
            kafka: fixture.kafka, database: try PostgresAddress(fixture.database))
        let database = try MainDatabase(configuration, threads: 1)
        defer { database.close() }
        let (now, key) = (CacheTime(nanoseconds: MonotonicTime.now().nanoseconds), try CacheKey("k"))
        func ask(before deadline: CacheTime) -> Answer<Result<StoredEntry?, StorageError>> {
            let answer = Answer<Result<StoredEntry?, StorageError>>()
            database.find(.default, key, before: deadline) { answer.set($0) }
            return answer
        }
        #expect(try ask(before: now + .seconds(60)).value().get() == nil, "the tables are there now")

        let lock = try fixture.connect()
        try lock.run("BEGIN")
        try lock.run("LOCK TABLE entries IN ACCESS EXCLUSIVE MODE")
        let first = ask(before: now + .seconds(60))
        try eventually("it is asked") {
            let waiting = """
                SELECT 1 FROM pg_locks JOIN pg_database ON database = pg_database.oid
                WHERE NOT granted AND datname = current_database()
                """
            return try fixture.connect().run(waiting).rowCount > 0
        }
        let late = ask(before: now)
        let second = ask(before: now + .seconds(60))
        try lock.run("COMMIT")
        #expect(try first.value().get() == nil && second.value().get() == nil)
        #expect(throws: StorageError.self) { try late.value().get() }
    }
}
