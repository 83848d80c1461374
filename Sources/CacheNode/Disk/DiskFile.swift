internal import Runtime
internal import Storage

/// The file of entries, opened and brought to today's tables.
struct DiskFile {
    let connection: Connection
    let state: DiskState

    /// A damaged file is set aside, and another one begun.
    ///
    /// - Throws: `StorageError` for a file that can't be used and is left as it is.
    init(_ configuration: DiskConfiguration, _ log: Log) throws {
        do {
            self = try Self(configuration)
        } catch StorageError.corrupt(let reason) {
            try DatabaseFile.setAside(configuration.path)
            log.warning(
                "the cache's file is damaged: it is set aside, and a new one begun",
                ["path": configuration.path + DatabaseFile.damagedSuffix, "error": reason])
            self = try Self(configuration)
        }
    }

    private init(_ configuration: DiskConfiguration) throws {
        // Opened in any case: what is no file of a cache is not removed.
        let isWhole = try Self.isWhole(configuration)
        if !configuration.outlivesProcess || !isWhole { try DatabaseFile.remove(configuration.path) }
        connection = try Self.open(configuration)
        state = try DiskState(connection)
    }

    /// Whether nothing is missing that was written. The file is closed afterwards.
    private static func isWhole(_ configuration: DiskConfiguration) throws -> Bool {
        try DiskState.isWhole(open(configuration))
    }

    private static func open(_ configuration: DiskConfiguration) throws -> Connection {
        let connection = try Connection(path: configuration.path, access: .write)
        try connection.migrate(to: DiskSchema.schema)
        return connection
    }
}
