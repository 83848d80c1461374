/// The shape of a database: what it is, and the steps that lead to today's tables.
///
/// A database remembers how many steps it has taken; steps are only ever added.
public struct Schema: Sendable {
    /// Marks a database as one of this kind, so that no other is written to by mistake.
    public let applicationID: Int32
    public let steps: [String]

    public init(applicationID: Int32, steps: [String]) {
        self.applicationID = applicationID
        self.steps = steps
    }

    public var version: Int { steps.count }

    /// What a database says about itself.
    struct Found {
        var isEmpty: Bool
        var applicationID: Int64
        var version: Int
    }

    /// - Returns: how many steps the database has taken.
    /// - Throws: `newerSchema` for one that has taken steps unknown here, `cannotOpen` for a foreign one.
    func check(_ found: Found) throws(StorageError) -> Int {
        guard found.isEmpty || found.applicationID == Int64(applicationID) else {
            throw .cannotOpen("it is another program's database (application id \(found.applicationID))")
        }
        guard (0...version).contains(found.version) else {
            throw .newerSchema(
                "its schema is version \(found.version), this program knows versions up to \(version): "
                    + "run the newer program, or build the database anew")
        }
        return found.version
    }

    /// - Throws: `cannotOpen` for a database that has not taken all steps.
    func requireAll(_ found: Int) throws(StorageError) {
        guard found == version else {
            throw .cannotOpen("its schema is version \(found); version \(version) is not there yet")
        }
    }
}
