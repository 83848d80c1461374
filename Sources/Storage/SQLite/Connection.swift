internal import CSQLite

/// One connection to a SQLite file in WAL mode, without SQLite's own mutexes.
///
/// Not `Sendable`: one thread owns it, its statements and their rows. A file has one writing
/// connection and any number of reading ones. All errors are `StorageError`s, but for what a caller's
/// closure throws.
public final class Connection {
    public enum Access: Sendable {
        /// Creates the file where there is none.
        case write
        /// Fails with `cannotOpen` where there is no file.
        case read
    }

    public struct Options: Sendable {
        /// `full` waits for the disk at each commit; `normal` at each checkpoint alone, so that a power
        /// failure may take back the last commits, never a process that dies.
        public enum Synchronous: String, Sendable { case normal, full }

        public var synchronous = Synchronous.normal
        /// How long a call waits for another connection's lock.
        public var busyTimeout = Duration.seconds(5)
        /// The length of the log, in pages, at which it is copied into the file.
        public var checkpointPages = 1_000
        /// The size the file may grow to, in bytes; nil for what the disk has. Beyond it writing fails with `full`.
        public var bytesMax: Int64?

        public init() {}
    }

    private let database: Database
    private let path: String
    private let beginWriting: Statement
    private let beginReading: Statement
    private let commit: Statement
    private var isInTransaction = false

    public init(path: String, access: Access, options: Options = Options()) throws {
        self.path = path
        database = try Database(path: path, access: access)
        beginWriting = try Statement(database: database, sql: "BEGIN IMMEDIATE")
        beginReading = try Statement(database: database, sql: "BEGIN DEFERRED")
        commit = try Statement(database: database, sql: "COMMIT")
        sqlite3_busy_timeout(database.handle, Int32(clamping: Int64(options.busyTimeout / .milliseconds(1))))
        try execute("PRAGMA foreign_keys = ON")
        switch access {
        case .read: try execute("PRAGMA query_only = ON")
        case .write: try prepareForWriting(options)
        }
    }

    /// Runs statements that bind nothing and whose rows do not matter.
    public func execute(_ sql: String) throws(StorageError) {
        let code = sqlite3_exec(database.handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw database.error(code) }
    }

    /// Prepares a statement to be kept and run many times.
    public func prepare(_ sql: String) throws(StorageError) -> Statement {
        try Statement(database: database, sql: sql)
    }

    /// The first column of the first row as a number; nil without a row.
    public func integer(_ sql: String) throws -> Int64? {
        try prepare(sql).firstRow { $0.integer(0) }
    }

    /// How many rows the last insert, update or delete touched.
    public var changes: Int { Int(sqlite3_changes(database.handle)) }

    public var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(database.handle) }

    /// Runs `body` in one writing transaction (`BEGIN IMMEDIATE`, so that it never fails for a lock half-way);
    /// takes everything back if `body` throws or the commit fails.
    public func transaction<R>(_ body: () throws -> R) throws -> R {
        try transaction(begin: beginWriting, body)
    }

    /// Runs `body` so that all of its reads see one state of the file.
    public func snapshot<R>(_ body: () throws -> R) throws -> R {
        try transaction(begin: beginReading, body)
    }

    /// Copies the log into the file and empties it.
    ///
    /// - Throws: `busy` while another connection reads or writes.
    public func checkpoint() throws(StorageError) {
        let code = sqlite3_wal_checkpoint_v2(database.handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
        guard code == SQLITE_OK else { throw database.error(code) }
    }

    private func transaction<R>(begin: Statement, _ body: () throws -> R) throws -> R {
        precondition(!isInTransaction, "transactions do not nest")
        try begin.run()
        isInTransaction = true
        defer { isInTransaction = false }
        do {
            let result = try body()
            try commit.run()
            return result
        } catch {
            // SQLite has rolled back by itself after some errors, a full disk among them.
            if sqlite3_get_autocommit(database.handle) == 0 { try execute("ROLLBACK") }
            throw error
        }
    }

    private func prepareForWriting(_ options: Options) throws {
        let mode = try prepare("PRAGMA journal_mode = WAL").firstRow { $0.text(0) } ?? "unknown"
        guard mode == "wal" || path == ":memory:" else {
            throw StorageError.cannotOpen("\(path): its place does not allow a write-ahead log (journal mode \(mode))")
        }
        try execute("PRAGMA synchronous = \(options.synchronous.rawValue)")
        // In KiB. The pages of what is news are written several times; with fewer they would be read again each time.
        try execute("PRAGMA cache_size = -16384")
        try execute("PRAGMA wal_autocheckpoint = \(max(1, options.checkpointPages))")
        // The log's file shrinks to this many bytes after a burst.
        try execute("PRAGMA journal_size_limit = 67108864")
        if let bytesMax = options.bytesMax, let pageBytes = try integer("PRAGMA page_size") {
            try execute("PRAGMA max_page_count = \(max(1, bytesMax / pageBytes))")
        }
    }
}

/// The C handle, closed when the connection and the last of its statements are gone.
final class Database {
    let handle: OpaquePointer
    private let path: String
    /// SQLite would lock a mutex at each allocation to count the bytes, and nobody asks for the sum.
    private static let countsNoMemory = cs_count_no_memory() == SQLITE_OK

    init(path: String, access: Connection.Access) throws(StorageError) {
        _ = Self.countsNoMemory
        let flags =
            switch access {
            case .write: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            case .read: SQLITE_OPEN_READONLY
            }
        var handle: OpaquePointer?
        // One thread at a time uses a connection, so SQLite need not lock it.
        let code = sqlite3_open_v2(path, &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let handle else {
            let reason = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "no memory"
            // A handle is made even where opening fails.
            sqlite3_close_v2(handle)
            throw StorageError(code: code, "\(path): \(reason)")
        }
        // Small pieces for the values of statements and rows: the default is too little for as many as are kept here.
        cs_set_aside_pieces(handle, 1_200, access == .write ? 1_000 : 200)
        self.handle = handle
        self.path = path
    }

    deinit {
        sqlite3_close_v2(handle)
    }

    func error(_ code: Int32) -> StorageError {
        StorageError(code: code, "\(path): \(String(cString: sqlite3_errmsg(handle)))")
    }
}
