internal import CSQLite

// What SQLite's result codes mean.
extension StorageError {
    /// - Parameter code: SQLite's primary or extended result code.
    init(code: Int32, _ text: String) {
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED: self = .busy(text)
        case SQLITE_FULL: self = .full(text)
        case SQLITE_CORRUPT, SQLITE_NOTADB: self = .corrupt(text)
        case SQLITE_READONLY: self = .readOnly(text)
        case SQLITE_CANTOPEN: self = .cannotOpen(text)
        case SQLITE_CONSTRAINT: self = .constraint(text)
        case SQLITE_IOERR: self = .inputOutput(text)
        default: self = .other(code: String(code), text)
        }
    }
}
