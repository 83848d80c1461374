import Storage
import TestSupport
import Testing

/// Tests of pipelines and transactions on PostgreSQL.
@Suite(.enabled(if: PostgresServer.isAvailable, PostgresFixture.missing))
struct PostgresTransactionTests {
    private struct Interruption: Error {}

    private let fixture: PostgresFixture

    init() throws {
        fixture = try PostgresFixture()
    }

    @Test func aPipelineGivesEveryStatementsRows() throws {
        let connection = try fixture.table("a bigint")
        var pipeline = PostgresPipeline()
        #expect(pipeline.isEmpty)
        #expect(try connection.run(pipeline).isEmpty)
        for number in 0..<1_000 { pipeline.add("INSERT INTO t VALUES ($1)", [.integer(Int64(number))]) }
        let sum = pipeline.add("SELECT sum(a)::bigint FROM t")
        let rows = pipeline.add("SELECT a FROM t")
        // Twice, with statements that are prepared by then.
        for round in 1...2 {
            let results = try connection.run(pipeline)
            #expect(results.count == 1_002)
            #expect(results[sum].firstRow { $0.integer(0) } == Int64(499_500 * round))
            #expect(results[rows].rowCount == 1_000 * round)
        }
    }

    @Test func moreBytesGoBothWaysThanAnySocketHolds() throws {
        let connection = try fixture.connect()
        let text = String(repeating: "x", count: 4 << 20)
        var pipeline = PostgresPipeline()
        for _ in 0..<8 { pipeline.add("SELECT $1", [.text(text)]) }
        let results = try connection.run(pipeline)
        #expect(results.allSatisfy { result in result.firstRow { $0.text(0).utf8.count } == 4 << 20 })
    }

    @Test func anErrorInTheMiddleUndoesAllAndTheConnectionGoesOn() throws {
        let connection = try fixture.table("a bigint UNIQUE")
        var pipeline = PostgresPipeline()
        pipeline.add("INSERT INTO t VALUES ($1)", [.integer(1)])
        pipeline.add("INSERT INTO t SELECT $1", [.integer(1)])
        // It is not prepared, as it is not reached.
        pipeline.add("INSERT INTO t VALUES ($1 + 0)", [.integer(2)])
        for _ in 0..<2 { expect(.constraint("")) { try connection.run(pipeline) } }
        #expect(try connection.integer("SELECT count(*) FROM t") == 0)
        expect(.constraint("")) { _ = try connection.transaction { try $0.run(pipeline) } }
        expect(.constraint("")) { _ = try connection.transaction { try $0.commit(pipeline) } }
        #expect(try connection.integer("SELECT count(*) FROM t") == 0)
        try connection.run("INSERT INTO t VALUES ($1 + 0)", [.integer(2)])
        #expect(try connection.integer("SELECT sum(a)::bigint FROM t") == 2)
    }

    @Test func aTransactionThatThrowsLeavesNothing() throws {
        let connection = try fixture.table("a bigint")
        #expect(throws: Interruption.self) {
            try connection.transaction { transaction in
                try transaction.run("INSERT INTO t VALUES (1)")
                throw Interruption()
            }
        }
        #expect(throws: Interruption.self) { try connection.transaction { _ in throw Interruption() } }
        #expect(try connection.integer("SELECT count(*) FROM t") == 0)
        _ = try connection.transaction { try $0.run("INSERT INTO t VALUES (1)") }
        try connection.transaction { _ in }
        #expect(try fixture.connect().integer("SELECT count(*) FROM t") == 1)
    }

    @Test func theLastStatementsCommitOnTheirWay() throws {
        let connection = try fixture.table("a bigint")
        var pipeline = PostgresPipeline()
        pipeline.add("INSERT INTO t VALUES (2) RETURNING a")
        let found = try connection.transaction { transaction in
            try transaction.run("INSERT INTO t VALUES (1)")
            let results = try transaction.commit(pipeline)
            #expect(try fixture.connect().integer("SELECT count(*) FROM t") == 2)
            return results.map { $0.firstRow { $0.integer(0) } }
        }
        #expect(found == [2])
    }

    @Test func nobodyCommitsOverAnError() throws {
        let connection = try fixture.table("a bigint UNIQUE")
        expect(.other(code: "25P02", "")) {
            try connection.transaction { transaction in
                try transaction.run("INSERT INTO t VALUES (1)")
                #expect(throws: StorageError.self) { try transaction.run("INSERT INTO t VALUES (1)") }
            }
        }
        #expect(try connection.integer("SELECT count(*) FROM t") == 0)
    }

    @Test func readersSeeWhatIsCommittedAndASnapshotSeesOneState() throws {
        let writer = try fixture.table("a bigint")
        let reader = try fixture.connect()
        let count = "SELECT count(*) FROM t"
        try writer.transaction { transaction in
            try transaction.run("INSERT INTO t VALUES (1)")
            #expect(try reader.integer(count) == 0)
        }
        #expect(try reader.integer(count) == 1)
        try reader.transaction(.snapshot) { snapshot in
            #expect(try snapshot.run(count).firstRow { $0.integer(0) } == 1)
            try writer.execute("INSERT INTO t VALUES (2)")
            #expect(try snapshot.run(count).firstRow { $0.integer(0) } == 1)
        }
        #expect(try reader.integer(count) == 2)
        expect(.readOnly("")) { _ = try reader.transaction(.snapshot) { try $0.run("INSERT INTO t VALUES (3)") } }
    }
}
