internal import CPostgres

/// What the server has answered to one statement. It lives on its own, without the connection.
public final class PostgresResult {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        PQclear(handle)
    }

    public var rowCount: Int { Int(PQntuples(handle)) }

    /// As the statement names them.
    public var columnNames: [String] {
        (0..<PQnfields(handle)).map { column in PQfname(handle, column).map { String(cString: $0) } ?? "" }
    }

    /// How many rows an insert, update or delete touched.
    public var changes: Int { Int(String(cString: PQcmdTuples(handle))) ?? 0 }

    /// The first row; nil without one.
    public func firstRow<R>(_ body: (PostgresRow) throws -> R) rethrows -> R? {
        rowCount > 0 ? try body(PostgresRow(result: handle, row: 0)) : nil
    }

    public func forEachRow(_ body: (PostgresRow) throws -> Void) rethrows {
        for row in 0..<PQntuples(handle) { try body(PostgresRow(result: handle, row: row)) }
    }

    /// Whether it says that all statements of a pipeline are answered.
    var isSync: Bool { status == PGRES_PIPELINE_SYNC }

    /// Whether the server wants to copy rows, which would go on until it is told otherwise.
    var isCopy: Bool { [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(status) }

    private var status: ExecStatusType { PQresultStatus(handle) }

    /// What the server did, such as COMMIT or ROLLBACK.
    var command: String { String(cString: PQcmdStatus(handle)) }

    /// The error that the server answered; nil for an answer that is none.
    func error(_ address: PostgresAddress) -> StorageError? {
        switch status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return nil
        case PGRES_FATAL_ERROR:
            let state = cs_error_state(handle).map { String(cString: $0) }
            // Without a state the text is libpq's own, of one line or more.
            let message = cs_error_message(handle).map { String(cString: $0) }
            let text = message ?? String(cString: PQresultErrorMessage(handle))
            return StorageError(state: state, "\(address): \(address.redact(text))")
        default:
            return .other(code: String(cString: PQresStatus(status)), "\(address): an answer that was not expected")
        }
    }
}
