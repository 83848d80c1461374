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
    func tries(_ identity: RequestIdentity) throws -> [EarlierTry] {
        var tries: [EarlierTry] = []
        select.bind(identity)
        try select.forEachRow { row in
            guard let state = UInt8(exactly: row.integer(2)).flatMap({ EdgeState(rank: $0) }) else {
                throw StorageError.corrupt("an earlier try of request \(identity.id) holds an impossible state")
            }
            let edge = row.text(0)
            let cell = StatusRecord.Cell(
                generation: UInt32(clamping: row.integer(1)), state: state,
                objects: row.isNull(3) ? nil : UInt32(clamping: row.integer(3)))
            let failure = EdgeFailure(
                failureClass: row.text(4), message: row.text(5), attempts: UInt32(clamping: row.integer(6)))
            tries.append(
                EarlierTry(edge: edge.isEmpty ? nil : edge, cell: cell, failure: row.isNull(4) ? nil : failure))
        }
        return tries
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
