internal import Replays
internal import Storage

// Runs in rows of PostgreSQL.
extension RunCoding {
    /// Reads a row of id, order and state.
    static func run(from row: PostgresRow) throws -> RunTable.Run? {
        try run(row.text(0), order: row.isNull(1) ? nil : row.bytes(1), state: row.isNull(2) ? nil : row.bytes(2))
    }
}
