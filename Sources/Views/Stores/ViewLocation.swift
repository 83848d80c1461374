public import Storage

/// Where a view is kept.
public enum ViewLocation: Sendable, CustomStringConvertible {
    /// A file of SQLite: all who read and write it share a machine.
    case file(String)
    /// A schema of PostgreSQL.
    case postgres(PostgresAddress, schema: String = "cachesync")

    /// - Parameter text: a URL or other address of PostgreSQL.
    /// - Throws: `StorageError.cannotOpen`, without a word of the text.
    public static func postgres(url text: String) throws -> ViewLocation { .postgres(try PostgresAddress(text)) }

    /// Without a password.
    public var description: String {
        switch self {
        case .file(let path): path
        case .postgres(let address, let schema): "\(address)#\(schema)"
        }
    }

    /// Where another view is made that shall come in the place of this one.
    var fresh: ViewLocation {
        switch self {
        case .file(let path): .file(path + ".rebuild")
        case .postgres(let address, let schema): .postgres(address, schema: schema + "_rebuild")
        }
    }

    /// Removes the view; none at all is fine.
    ///
    /// - Throws: `StorageError`
    func remove() throws {
        switch self {
        case .file(let path): try DatabaseFile.remove(path)
        case .postgres(let address, let schema):
            try PostgresConnection(address).execute("DROP SCHEMA IF EXISTS \(schema) CASCADE")
        }
    }

    /// Puts the view at `fresh` in the place of this one. Readers keep what they have until then.
    ///
    /// - Throws: `StorageError`, of which `busy` is worth another try.
    func replaceByFresh() throws {
        switch (self, fresh) {
        case (.file(let path), .file(let fresh)): try DatabaseFile.replace(path, with: fresh)
        case (.postgres(let address, let schema), .postgres(_, let fresh)):
            let old = schema + "_old"
            let connection = try PostgresConnection(address)
            try connection.execute("DROP SCHEMA IF EXISTS \(old) CASCADE")
            let hasOld = try connection.integer("SELECT to_regclass($1) IS NOT NULL", [.text("\(schema).offsets")])
            try connection.transaction { transaction in
                if hasOld == 1 {
                    // Readers ask for offsets first: those that have begun end first, and all others wait.
                    try transaction.execute("LOCK TABLE \(schema).offsets IN ACCESS EXCLUSIVE MODE")
                    try transaction.execute("ALTER SCHEMA \(schema) RENAME TO \(old)")
                }
                try transaction.execute("ALTER SCHEMA \(fresh) RENAME TO \(schema)")
            }
            try connection.execute("DROP SCHEMA IF EXISTS \(old) CASCADE")
        default: preconditionFailure("a view and a fresh one are of one kind")
        }
    }
}
