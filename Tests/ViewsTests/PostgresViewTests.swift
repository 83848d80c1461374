import Invalidations
import Kafka
import Runtime
import Storage
import TestSupport
import Testing
import TopicCatalogue
import Views

/// Tests of views in PostgreSQL alone: their locks, their outages, and how one comes in the place of another.
@Suite(.serialized, .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.missing ?? "")))
struct PostgresViewTests {
    private static let counts = Dictionary(
        ViewFixture.topics.map { ($0, 1) }, uniquingKeysWith: { first, _ in first })

    private let url: String
    private let location: ViewLocation

    init() throws {
        url = try PostgresCluster.createDatabase()
        location = try .postgres(url: url)
    }

    private static func progress(_ edge: String) -> Progress {
        ViewFixture.progress(RequestID(at: ViewFixture.epoch), [Progress.Edge(edge, .purged)])
    }

    @Test func oneWriterIsThereAtATimeAndAnotherFollowsIt() throws {
        var first: ViewWriter? = try ViewWriter(location)
        #expect(throws: StorageError.self) { try ViewWriter(location) }
        _ = try first?.open(Self.counts)
        first = nil
        try eventually("the lock is free") { (try? ViewWriter(location)) != nil }
    }

    @Test func aSecondProjectorWaitsForTheFirst() throws {
        let fixture = try ViewKind.$current.withValue(.postgres) { try ProjectorFixture() }
        let first = try RoleThread.running(Projector(fixture.configuration(), log: .silent, metrics: MetricsRegistry()))
        try fixture.waitUntilFolded(0)
        let follower = Projector(fixture.configuration(), log: .silent, metrics: MetricsRegistry())
        let second = try RoleThread.running(follower)
        try eventually("the second one waits") { follower.problem?.contains("holds the lock") == true }
        try fixture.produce([Self.progress("a")])
        try fixture.waitUntilFolded(1)
        try first.drain()
        try fixture.produce([Self.progress("b")])
        try fixture.waitUntilFolded(2)
        #expect(follower.problem == nil)
        try second.drain()
    }

    @Test func aWriterWhosePositionsAreNotTheirsIsFencedAndWritesNothing() throws {
        let zombie = try ViewWriter(location)
        _ = try zombie.open(Self.counts)
        try zombie.apply(ViewFixture.batch([Self.progress("a")]))
        // As one would that the lock has not kept out.
        let other = try PostgresConnection(PostgresAddress(url))
        try other.execute("UPDATE cachesync.offsets SET next_offset = 9 WHERE topic = '\(ViewFixture.topic)'")
        #expect(throws: ViewError.fenced(topic: ViewFixture.topic, partition: 0, expected: 1)) {
            try zombie.apply(ViewFixture.batch([Self.progress("b")], from: 1))
        }
        #expect(try ViewReader(location).counts()[.completed] == 1)
    }

    @Test func aViewOfTheFirstSchemaIsTakenOver() throws {
        let fixture = try ViewKind.$current.withValue(.postgres) { try ViewFixture() }
        var random = SeededGenerator(seed: 9)
        let history = ViewFixture.history(requests: 50, using: &random)
        try fixture.writer().apply(ViewFixture.batch(history))
        let before = try fixture.dump()
        try fixture.execute(
            """
            DROP TABLE minutes, run_edges;
            DROP INDEX requests_failing, requests_failing_by_namespace;
            ALTER TABLE requests DROP COLUMN not_before;
            ALTER TABLE requests DROP COLUMN details;
            UPDATE schema_steps SET steps = 1
            """)
        let writer = try fixture.writer()
        #expect(try fixture.dump() == before)
        #expect(before.contains { $0.hasPrefix("(\"\",") || $0.hasPrefix("(ns-0,") })
        try writer.apply(ViewFixture.batch(history, from: Int64(history.count)))
    }

    @Test func aServerThatStopsInBetweenLosesNothingAndRepeatsNothing() throws {
        let server = try PostgresServer()
        let location = try ViewLocation.postgres(url: server.createDatabase())
        let reader = ViewReader(location)
        var writer = try ViewWriter(location)
        _ = try writer.open(Self.counts)
        try writer.apply(ViewFixture.batch([Self.progress("a")]))
        #expect(try reader.counts()[.completed] == 1)
        // Not killed: its process for this connection could outlive it by a moment, and take the batch.
        try server.stop()
        let batch = ViewFixture.batch([Self.progress("b")], from: 1)
        #expect(throws: StorageError.self) { try writer.apply(batch) }
        #expect(!writer.isUsable)
        #expect(throws: StorageError.self) { try reader.counts() }
        try server.restart()
        writer = try ViewWriter(location)
        let next = try writer.open(Self.counts)[TopicPartition(ViewFixture.topic, 0)]
        #expect(next == 1)
        try writer.apply(batch)
        #expect(try reader.counts()[.completed] == 2)
    }

    @Test func anotherProgramsSchemaIsNotTouched() throws {
        let other = try PostgresConnection(PostgresAddress(url))
        try other.execute("CREATE SCHEMA cachesync; CREATE TABLE cachesync.theirs (a bigint)")
        for _ in 0..<2 { #expect(throws: StorageError.self) { try ViewWriter(location) } }
        #expect(throws: StorageError.self) { try ViewReader(location).counts() }
        let tables = try other.integer("SELECT count(*) FROM pg_tables WHERE schemaname = 'cachesync'")
        #expect(tables == 1)
    }

    /// A location that says where it is never says the password.
    @Test func aLocationIsToldWithoutItsPassword() throws {
        let location = try ViewLocation.postgres(url: "postgres://u:hunter2@h/d")
        #expect("\(location)" == "u@h/d#cachesync")
    }

    @Test func listsReadOneRangeOfAnIndexForEachStatus() throws {
        let writer = try ViewWriter(location)
        _ = try writer.open(Self.counts)
        let connection = try PostgresConnection(PostgresAddress(url))
        // A small table is read as a whole, however many indexes it has.
        try connection.execute("SET search_path = cachesync; SET enable_seqscan = off")
        var plan = ""
        try connection.run(
            """
            EXPLAIN SELECT id, namespace FROM requests WHERE status = 1::bigint AND listed_at >= 0
            AND (listed_at, id, namespace) < (9::bigint, '\\x00'::bytea, 'a')
            ORDER BY listed_at DESC, id DESC, namespace DESC LIMIT 5
            """
        ).forEachRow { plan += $0.text(0) + "\n" }
        #expect(plan.contains("Backward using requests_by_status"), "\(plan)")
        #expect(!plan.contains("Sort"), "\(plan)")
    }
}
