import Storage
import TestSupport
import Testing

/// Tests of schemas.
struct SchemaTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let first = Schema(applicationID: 7, steps: ["CREATE TABLE a (x INTEGER)"])
    private let second = Schema(
        applicationID: 7, steps: ["CREATE TABLE a (x INTEGER)", "ALTER TABLE a ADD COLUMN y INTEGER DEFAULT 5"])

    init() throws {
        directory = try TemporaryDirectory("schema")
        path = directory.file("test.sqlite")
    }

    @Test func aFileGetsOnlyTheStepsItLacks() throws {
        let connection = try Connection(path: path, access: .write)
        try connection.migrate(to: first)
        try connection.execute("INSERT INTO a VALUES (1)")
        try connection.migrate(to: first)
        expect(.cannotOpen("")) { try connection.require(second) }
        try connection.migrate(to: second)
        try connection.require(second)
        #expect(try connection.integer("SELECT y FROM a") == 5)
    }

    @Test func aNewerFileIsRefused() throws {
        let connection = try Connection(path: path, access: .write)
        try connection.migrate(to: second)
        expect(.newerSchema("")) { try connection.migrate(to: first) }
        expect(.newerSchema("")) { try connection.require(first) }
    }

    @Test func anotherProgramsFileIsRefused() throws {
        let connection = try Connection(path: path, access: .write)
        try connection.execute("CREATE TABLE theirs (x INTEGER)")
        expect(.cannotOpen("")) { try connection.migrate(to: first) }
        #expect(try connection.integer("SELECT count(*) FROM sqlite_schema") == 1)
    }

    @Test func aStepThatFailsLeavesTheFileAsItWas() throws {
        let connection = try Connection(path: path, access: .write)
        try connection.migrate(to: first)
        let broken = Schema(
            applicationID: 7, steps: first.steps + ["CREATE TABLE b (x INTEGER)", "CREATE TABLE a (x INTEGER)"])
        expect(.other(code: "1", "")) { try connection.migrate(to: broken) }
        try connection.require(first)
        #expect(try connection.integer("SELECT count(*) FROM sqlite_schema") == 1)
    }
}
