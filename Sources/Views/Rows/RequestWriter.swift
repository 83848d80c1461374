internal import Invalidations
internal import Storage

/// Writes the rows of requests, inside the transaction of its caller.
final class RequestWriter {
    private let table: RequestTable
    private let insert: Statement
    private let update: Statement
    private let updateInPlace: Statement
    private let insertFailure: Statement
    private let deleteFailures: Statement
    private let delete: Statement

    init(_ connection: Connection, _ table: RequestTable) throws {
        self.table = table
        insert = try connection.prepare(
            """
            INSERT INTO requests (id, updated_at, edge_list, cells, failures, first_seen_at, namespace, status,
                requested_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            """)
        update = try connection.prepare(
            """
            UPDATE requests SET updated_at = ?2, edge_list = ?3, cells = ?4, failures = ?5, first_seen_at = ?6,
                namespace = ?7, status = ?8, requested_at = ?9
            WHERE id = ?1
            """)
        updateInPlace = try connection.prepare(
            """
            UPDATE requests SET updated_at = ?2, edge_list = ?3, cells = ?4, failures = ?5, first_seen_at = ?6
            WHERE id = ?1
            """)
        insertFailure = try connection.prepare(
            "INSERT INTO failures (request, edge, class, message, attempts) VALUES (?, ?, ?, ?, ?)")
        deleteFailures = try connection.prepare("DELETE FROM failures WHERE request = ?")
        delete = try connection.prepare("DELETE FROM requests WHERE id = ?")
    }

    /// - Parameter old: the record that the row holds now, if there is a row.
    func write(_ record: StatusRecord, replacing old: StatusRecord?) throws {
        let statement = statement(for: record, replacing: old)
        statement.bind(1, high: record.id.high, low: record.id.low)
        statement.bind(2, record.updatedAt.milliseconds)
        statement.bind(3, try table.edgeLists.id(record.edges))
        statement.bind(4, CellCoding.encode(record.cells, omitsEdges: record.omitsEdges))
        statement.bind(5, Int64(record.failures.count))
        statement.bind(6, record.firstSeenAt.milliseconds)
        if statement !== updateInPlace {
            statement.bind(7, record.namespace.name)
            statement.bind(8, record.status.code)
            statement.bind(9, record.requestedAt.milliseconds)
        }
        try statement.run()
        if record.failures != old?.failures ?? [:] { try writeFailures(of: record, replacing: old) }
    }

    func remove(_ id: RequestID) throws {
        deleteFailures.bind(1, high: id.high, low: id.low)
        try deleteFailures.run()
        delete.bind(1, high: id.high, low: id.low)
        try delete.run()
    }

    /// An update that sets no indexed column leaves the indexes alone.
    private func statement(for record: StatusRecord, replacing old: StatusRecord?) -> Statement {
        guard let old else { return insert }
        let isInPlace =
            old.status == record.status && old.requestedAt == record.requestedAt && old.namespace == record.namespace
        return isInPlace ? updateInPlace : update
    }

    private func writeFailures(of record: StatusRecord, replacing old: StatusRecord?) throws {
        if old?.failures.isEmpty == false {
            deleteFailures.bind(1, high: record.id.high, low: record.id.low)
            try deleteFailures.run()
        }
        for (edge, failure) in record.failures {
            insertFailure.bind(1, high: record.id.high, low: record.id.low)
            insertFailure.bind(2, edge)
            insertFailure.bind(3, failure.failureClass)
            insertFailure.bind(4, failure.message)
            insertFailure.bind(5, Int64(failure.attempts))
            try insertFailure.run()
        }
    }
}
