/// The shape of a file: what it is, and the steps that lead from an empty file to today's tables.
///
/// A file remembers in `user_version` how many steps it has taken; steps are only ever added.
public struct Schema: Sendable {
    /// Marks a file as this kind of database (`application_id`), so that no other is written to by mistake.
    public let applicationID: Int32
    public let steps: [String]

    public init(applicationID: Int32, steps: [String]) {
        self.applicationID = applicationID
        self.steps = steps
    }

    public var version: Int { steps.count }
}

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
        let version = try schemaVersion(of: schema)
        guard version == schema.version else {
            throw StorageError.cannotOpen(
                "its schema is version \(version); version \(schema.version) is not there yet")
        }
    }

    private func schemaVersion(of schema: Schema) throws -> Int {
        let application = try integer("PRAGMA application_id") ?? 0
        let version = Int(try integer("PRAGMA user_version") ?? 0)
        let isEmpty = try version == 0 && integer("SELECT count(*) FROM sqlite_schema") == 0
        guard isEmpty || application == Int64(schema.applicationID) else {
            throw StorageError.cannotOpen("the file holds another program's database (application id \(application))")
        }
        guard (0...schema.version).contains(version) else {
            throw StorageError.newerSchema(
                "its schema is version \(version), this program knows versions up to \(schema.version): "
                    + "run the newer program, or build the file anew")
        }
        return version
    }
}
