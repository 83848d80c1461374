/// What a database call failed with. Every case's text names the database or what was being done.
public enum StorageError: Error, Hashable, Sendable {
    /// Another connection held a lock for too long, or the two could not both go on. Worth another try.
    case busy(String)
    /// No space on the disk, or the database has reached its allowed size. Worth another try later.
    case full(String)
    /// Not a database, or a damaged one.
    case corrupt(String)
    /// The file may not be written, or the server is one that only reads.
    case readOnly(String)
    /// There is no such database, or no way to it.
    case cannotOpen(String)
    /// A uniqueness, foreign key or check rule of the schema was broken.
    case constraint(String)
    /// Reading or writing the file failed in the operating system, or the connection to the server was lost.
    case inputOutput(String)
    /// The database was written by a newer version of this program.
    case newerSchema(String)
    /// Another process holds the lock.
    case locked(String)
    /// - Parameter code: SQLite's result code, or PostgreSQL's SQLSTATE.
    case other(code: String, String)
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
        case .locked(let text): "the database is in use: \(text)"
        case .other(let code, let text): "the database failed with code \(code): \(text)"
        }
    }
}
