// The steps of a file: SQLite keeps what it is and how many it has taken in `application_id` and `user_version`.
extension Connection {
    /// Takes the steps that the file has not taken yet, all in one transaction.
    ///
    /// - Throws: `newerSchema` for a file that has taken steps unknown here, `cannotOpen` for a foreign database.
    public func migrate(to schema: Schema) throws {
        guard try schemaVersion(of: schema) < schema.version else { return }
        try transaction {
            // Read again under the lock: another process may have been faster.
            let version = try schemaVersion(of: schema)
            guard version < schema.version else { return }
            for step in schema.steps[version...] { try execute(step) }
            try execute("PRAGMA application_id = \(schema.applicationID)")
            try execute("PRAGMA user_version = \(schema.version)")
        }
    }

    /// Checks that the file has exactly this shape.
    ///
    /// - Throws: `newerSchema`; `cannotOpen` for a foreign database and for a file not migrated yet.
    public func require(_ schema: Schema) throws {
        try schema.requireAll(schemaVersion(of: schema))
    }

    private func schemaVersion(of schema: Schema) throws -> Int {
        let version = Int(try integer("PRAGMA user_version") ?? 0)
        return try schema.check(
            Schema.Found(
                isEmpty: version == 0 && integer("SELECT count(*) FROM sqlite_schema") == 0,
                applicationID: integer("PRAGMA application_id") ?? 0, version: version))
    }
}
