// The steps of a schema of PostgreSQL: what it is and how many it has taken stands in its table `schema_steps`.
extension PostgresConnection {
    /// More than any step should take.
    private static let migrationMax = Duration.seconds(3_600)

    /// Takes the steps that the connection's schema has not taken yet, all in one transaction. Makes the schema where
    /// there is none. Of several that do so at once one works, and the others wait for it.
    ///
    /// - Throws: `newerSchema` for a schema that has taken steps unknown here, `cannotOpen` for a foreign one, `busy`
    ///   if another one is still at it after the lock time-out.
    public func migrate(to schema: Schema) throws {
        guard try schemaVersion(of: schema) < schema.version else { return }
        try withPatience(Self.migrationMax) {
            try transaction { transaction in
                try transaction.execute(
                    """
                    SELECT pg_advisory_xact_lock(\(schema.applicationID), hashtext('\(schemaName)'));
                    SET LOCAL statement_timeout = 0
                    """)
                // Read again under the lock: another process may have been faster.
                let version = try schemaVersion(of: schema)
                guard version < schema.version else { return }
                if try integer("SELECT to_regnamespace($1) IS NULL", [.text(schemaName)]) == 1 {
                    try transaction.execute("CREATE SCHEMA \(schemaName)")
                }
                for step in schema.steps[version...] { try transaction.execute(step) }
                try transaction.execute(
                    """
                    CREATE TABLE IF NOT EXISTS schema_steps (application_id bigint NOT NULL, steps bigint NOT NULL);
                    DELETE FROM schema_steps;
                    INSERT INTO schema_steps VALUES (\(schema.applicationID), \(schema.version))
                    """)
            }
        }
    }

    /// Checks that the connection's schema has exactly this shape.
    ///
    /// - Throws: `newerSchema`; `cannotOpen` for a foreign schema and for one not migrated yet.
    public func require(_ schema: Schema) throws {
        try schema.requireAll(schemaVersion(of: schema))
    }

    private func schemaVersion(of schema: Schema) throws(StorageError) -> Int {
        let row = try run(
            """
            SELECT to_regclass($1 || '.schema_steps') IS NOT NULL,
                NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace($1))
            """, [.text(schemaName)])
        let hasSteps = row.firstRow { $0.integer(0) == 1 } ?? false
        let isEmpty = row.firstRow { $0.integer(1) == 1 } ?? false
        let unknown = Schema.Found(isEmpty: isEmpty, applicationID: 0, version: 0)
        return try schema.check(hasSteps ? stepsTaken() ?? unknown : unknown)
    }

    private func stepsTaken() throws(StorageError) -> Schema.Found? {
        let rows: PostgresResult
        do throws(StorageError) {
            rows = try run("SELECT application_id, steps FROM schema_steps")
        } catch {
            // A table of that name, and not with these columns.
            guard case .other(_, let text) = error else { throw error }
            throw .cannotOpen("it is another program's database: \(text)")
        }
        return rows.firstRow { row in
            Schema.Found(
                isEmpty: false, applicationID: row.integer(0), version: Int(truncatingIfNeeded: row.integer(1)))
        }
    }
}
