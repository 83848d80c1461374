import Storage
import TestSupport
import Testing

/// An empty database of its own on the shared server.
struct PostgresFixture {
    let url: String

    init() throws {
        url = try PostgresCluster.createDatabase()
    }

    func connect(
        _ options: PostgresConnection.Options = PostgresConnection.Options()
    ) throws -> PostgresConnection {
        try PostgresConnection(PostgresAddress(url), options: options)
    }

    /// A connection, and a table `t` of these columns.
    func table(_ columns: String) throws -> PostgresConnection {
        let connection = try connect()
        try connection.execute("CREATE TABLE t (\(columns))")
        return connection
    }

    /// Why the suites are skipped; none where they are not.
    static var missing: Comment { Comment(rawValue: PostgresServer.missing ?? "") }
}
