internal import Invalidations
internal import Storage

/// Writes the rows of minutes, inside the transaction of its caller.
final class MinuteTable {
    private let connection: Connection
    private let add: Statement
    private let delete: Statement

    init(_ connection: Connection) throws {
        self.connection = connection
        add = try connection.prepare(
            """
            INSERT INTO minutes (namespace, minute, published, completed, failed) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (namespace, minute) DO UPDATE SET published = published + excluded.published,
                completed = completed + excluded.completed, failed = failed + excluded.failed
            """)
        delete = try connection.prepare(
            """
            DELETE FROM minutes WHERE (namespace, minute) IN
                (SELECT namespace, minute FROM minutes WHERE minute >= ? AND minute < ? LIMIT ?)
            """)
    }

    func add(_ changes: [MinuteTally.Minute: MinuteTally.Counts]) throws {
        for (minute, counts) in changes {
            add.bind(1, minute.namespace)
            add.bind(2, minute.number)
            add.bind(3, counts.published)
            add.bind(4, counts.completed)
            add.bind(5, counts.failed)
            try add.run()
        }
    }

    /// - Returns: how many were removed.
    func remove(from first: Int64, to end: Int64, max: Int) throws -> Int {
        delete.bind(1, first)
        delete.bind(2, end)
        delete.bind(3, Int64(max))
        try delete.run()
        return connection.changes
    }
}
