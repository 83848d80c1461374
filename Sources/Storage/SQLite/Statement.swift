internal import CSQLite

/// A prepared statement, kept for many runs. Parameters are numbered from 1, columns from 0.
///
/// Bound values stay until they are bound anew. Every run ends with the statement reset, so that
/// none holds a lock longer than its run.
public final class Statement {
    private let database: Database
    private let handle: OpaquePointer

    init(database: Database, sql: String) throws(StorageError) {
        var handle: OpaquePointer?
        let code = sqlite3_prepare_v3(database.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
        guard code == SQLITE_OK else { throw database.error(code) }
        guard let handle else { throw .other(code: String(SQLITE_MISUSE), "nothing to prepare in \"\(sql)\"") }
        self.database = database
        self.handle = handle
    }

    deinit {
        sqlite3_finalize(handle)
    }

    /// Runs a statement that gives no rows; rows it gives all the same are passed over.
    public func run() throws(StorageError) {
        defer { sqlite3_reset(handle) }
        while try step() {}
    }

    /// Runs the statement and reads its first row; nil without one.
    public func firstRow<R>(_ body: (Row) throws -> R) throws -> R? {
        defer { sqlite3_reset(handle) }
        return try step() ? body(Row(statement: handle)) : nil
    }

    /// Runs the statement and reads every row.
    public func forEachRow(_ body: (Row) throws -> Void) throws {
        defer { sqlite3_reset(handle) }
        while try step() { try body(Row(statement: handle)) }
    }

    /// Runs the statement and reads its rows until `body` says that it needs no more.
    public func readRows(while body: (Row) throws -> Bool) throws {
        defer { sqlite3_reset(handle) }
        while try step(), try body(Row(statement: handle)) {}
    }

    public func bind(_ parameter: Int, _ value: Int64) {
        check(sqlite3_bind_int64(handle, Int32(parameter), value))
    }

    public func bind(_ parameter: Int, _ value: String) {
        var value = value
        check(
            value.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { text in
                    // An empty string may have no address, which SQLite would take for NULL.
                    text.isEmpty
                        ? cs_bind_text(handle, Int32(parameter), "", 0)
                        : cs_bind_text(handle, Int32(parameter), text.baseAddress, Int32(text.count))
                }
            })
    }

    public func bind(_ parameter: Int, _ value: [UInt8]) {
        check(
            value.withUnsafeBytes { bytes in
                bytes.isEmpty
                    ? sqlite3_bind_zeroblob(handle, Int32(parameter), 0)
                    : cs_bind_blob(handle, Int32(parameter), bytes.baseAddress, Int32(bytes.count))
            })
    }

    /// A blob of 16 bytes, big-endian, so that blobs sort as the numbers do.
    public func bind(_ parameter: Int, high: UInt64, low: UInt64) {
        let bytes = (high.bigEndian, low.bigEndian)
        check(withUnsafeBytes(of: bytes) { cs_bind_blob(handle, Int32(parameter), $0.baseAddress, 16) })
    }

    public func bindNull(_ parameter: Int) {
        check(sqlite3_bind_null(handle, Int32(parameter)))
    }

    /// Binding fails for a parameter that the statement does not have: the program's own mistake.
    private func check(_ code: Int32) {
        precondition(code == SQLITE_OK, "binding failed: \(database.error(code))")
    }

    private func step() throws(StorageError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw database.error(code)
        }
    }
}
