internal import Invalidations
internal import Storage

/// Reads the earlier tries of redriven requests on one connection.
final class EarlierTryTable {
    private let select: Statement

    init(_ connection: Connection) throws {
        // In the order of `EarlierTry.precedes`.
        select = try connection.prepare(
            """
            SELECT edge, generation, state, objects, class, message, attempts FROM earlier_tries
            WHERE request = ? AND namespace = ? ORDER BY edge, generation DESC
            """)
    }

    /// - Throws: `StorageError.corrupt` for a row that no projector writes.
    func read(_ identity: RequestIdentity, into details: inout RequestDetails) throws {
        select.bind(identity)
        try select.forEachRow { try details.add(earlier: $0, from: 0, of: identity.id) }
    }
}

/// Writes the earlier tries of redriven requests, inside the transaction of its caller.
final class EarlierTryWriter {
    private let insert: Statement
    private let delete: Statement

    init(_ connection: Connection) throws {
        insert = try connection.prepare("INSERT INTO earlier_tries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        delete = try connection.prepare("DELETE FROM earlier_tries WHERE request = ? AND namespace = ?")
    }

    func write(_ tries: [EarlierTry], of identity: RequestIdentity) throws {
        insert.bind(identity)
        for one in tries {
            insert.bind(3, one.edge ?? "")
            insert.bind(4, Int64(one.cell.generation))
            insert.bind(5, Int64(one.cell.state.rank))
            insert.bind(6, one.cell.objects.map { Int64($0) })
            insert.bind(7, one.failure?.failureClass)
            insert.bind(8, one.failure?.message)
            insert.bind(9, one.failure.map { Int64($0.attempts) })
            try insert.run()
        }
    }

    func remove(_ identity: RequestIdentity) throws {
        delete.bind(identity)
        try delete.run()
    }
}
