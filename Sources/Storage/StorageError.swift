internal import CSQLite

/// What a database call failed with. Every case's text names the file or what was being done.
public enum StorageError: Error, Hashable, Sendable {
    /// Another connection held the lock for longer than the busy time-out. Worth another try.
    case busy(String)
    /// No space on the disk, or the file has reached its allowed size. Worth another try later.
    case full(String)
    /// Not a database, or a damaged one.
    case corrupt(String)
    case readOnly(String)
    case cannotOpen(String)
    /// A uniqueness, foreign key or check rule of the schema was broken.
    case constraint(String)
    /// Reading or writing the file failed in the operating system.
    case inputOutput(String)
    /// The file was written by a newer version of this program.
    case newerSchema(String)
    /// Another process holds the lock on the file.
    case locked(String)
    case other(code: Int32, String)
}

extension StorageError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .busy(let text): "the database is busy: \(text)"
        case .full(let text): "no space for the database: \(text)"
        case .corrupt(let text): "the database is damaged: \(text)"
        case .readOnly(let text): "the database cannot be written: \(text)"
        case .cannotOpen(let text): "the database cannot be opened: \(text)"
        case .constraint(let text): "the database refused a row: \(text)"
        case .inputOutput(let text): "reading or writing the database failed: \(text)"
        case .newerSchema(let text): "the database is of a newer version: \(text)"
        case .locked(let text): "the file is in use: \(text)"
        case .other(let code, let text): "the database failed with code \(code): \(text)"
        }
    }

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
        default: self = .other(code: code, text)
        }
    }
}
