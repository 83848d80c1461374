internal import Invalidations
internal import Storage

/// Writes the rows of requests, inside the transaction of its caller.
final class RequestWriter {
    /// Columns of no index, that each update sets.
    private static let plainColumns = 7
    /// Those, and the status, which stands in two indexes of five.
    private static let statusColumns = 8
    private let table: RequestTable
    private let insert: Statement
    private let update: Statement
    private let updateStatus: Statement
    private let updateExisting: Statement
    private let insertFailure: Statement
    private let deleteFailures: Statement
    private let delete: Statement
    private let earlierTries: EarlierTryWriter

    init(_ connection: Connection, _ table: RequestTable) throws {
        self.table = table
        earlierTries = try EarlierTryWriter(connection)
        // Indexed columns come last: an update that sets none of them leaves the indexes alone.
        let columns =
            [
                "updated_at", "edge_list", "cells", "first_seen_at", "requested_at", "earlier", "reported",
                "status", "run", "listed_at", "failures",
            ] + PublicationColumns.names.split(separator: ", ").map(String.init)
        let all = (["id", "namespace"] + columns).joined(separator: ", ")
        let values = (1...columns.count + 2).map { "?\($0)" }.joined(separator: ", ")
        func assignments(_ count: Int) -> String {
            columns.prefix(count).enumerated().map { "\($1) = ?\($0 + 3)" }.joined(separator: ", ")
        }
        insert = try connection.prepare("INSERT INTO requests (\(all)) VALUES (\(values))")
        update = try connection.prepare(
            "UPDATE requests SET \(assignments(columns.count)) WHERE id = ?1 AND namespace = ?2")
        updateStatus = try connection.prepare(
            "UPDATE requests SET \(assignments(Self.statusColumns)) WHERE id = ?1 AND namespace = ?2")
        updateExisting = try connection.prepare(
            "UPDATE requests SET \(assignments(Self.plainColumns)) WHERE id = ?1 AND namespace = ?2")
        insertFailure = try connection.prepare(
            "INSERT INTO failures (request, namespace, edge, class, message, attempts) VALUES (?, ?, ?, ?, ?, ?)")
        deleteFailures = try connection.prepare("DELETE FROM failures WHERE request = ? AND namespace = ?")
        delete = try connection.prepare("DELETE FROM requests WHERE id = ? AND namespace = ?")
    }

    /// - Parameter old: the record that the row holds now, if there is a row.
    func write(_ record: StatusRecord, replacing old: StatusRecord?) throws {
        let statement = statement(for: record, replacing: old)
        statement.bind(record.identity)
        statement.bind(3, record.updatedAt.milliseconds)
        statement.bind(4, try table.edgeLists.id(record.edges))
        statement.bind(5, CellCoding.encode(record.cells, omitsEdges: record.omitsEdges))
        statement.bind(6, record.firstSeenAt.milliseconds)
        statement.bind(7, record.requestedAt.milliseconds)
        statement.bind(8, Int64(record.earlier.count))
        statement.bind(9, record.isReported ? 1 : 0)
        if statement !== updateExisting { statement.bind(10, record.statusCode.code) }
        if statement === insert || statement === update {
            statement.bind(11, record.run)
            statement.bind(12, record.listedAt.milliseconds)
            statement.bind(13, Self.failureCount(of: record))
            PublicationColumns.bind(record.publication, to: statement, from: 14)
        }
        try statement.run()
        if record.failures != old?.failures ?? [:] || record.wholeFailure != old?.wholeFailure {
            try writeFailures(of: record, replacing: old)
        }
        if record.earlier != old?.earlier ?? [] {
            if let old, !old.earlier.isEmpty { try earlierTries.remove(record.identity) }
            try earlierTries.write(record.earlier, of: record.identity)
        }
    }

    func remove(_ identity: RequestIdentity) throws {
        deleteFailures.bind(identity)
        try deleteFailures.run()
        try earlierTries.remove(identity)
        delete.bind(identity)
        try delete.run()
    }

    /// An update leaves the indexes alone of which it sets no column.
    private func statement(for record: StatusRecord, replacing old: StatusRecord?) -> Statement {
        guard let old else { return insert }
        guard old.listedAt == record.listedAt, old.run == record.run, record.hasPublication(of: old),
            Self.failureCount(of: old) == Self.failureCount(of: record)
        else { return update }
        return old.statusCode == record.statusCode ? updateExisting : updateStatus
    }

    private static func failureCount(of record: StatusRecord) -> Int64 {
        Int64(record.failures.count + (record.wholeFailure == nil ? 0 : 1))
    }

    private func writeFailures(of record: StatusRecord, replacing old: StatusRecord?) throws {
        if let old, !old.failures.isEmpty || old.wholeFailure != nil {
            deleteFailures.bind(record.identity)
            try deleteFailures.run()
        }
        insertFailure.bind(record.identity)
        for (edge, failure) in record.failures {
            try insert(edge, failure.failureClass, failure.message, Int64(failure.attempts))
        }
        if let whole = record.wholeFailure {
            try insert("", whole.failure.failureClass, whole.failure.message, Int64(whole.generation))
        }
    }

    private func insert(_ edge: String, _ failureClass: String, _ message: String, _ number: Int64) throws {
        insertFailure.bind(3, edge)
        insertFailure.bind(4, failureClass)
        insertFailure.bind(5, message)
        insertFailure.bind(6, number)
        try insertFailure.run()
    }
}
