internal import Storage

/// The lists of edges' names that requests refer to, as one connection sees them.
///
/// Most requests share a few lists, so a bounded number is kept in memory.
final class EdgeListTable {
    private static let keptMax = 1_000

    private let selectNames: Statement
    private let selectID: Statement
    private let insert: Statement
    private var namesByID: [Int64: [String]] = [:]
    private var idByNames: [[String]: Int64] = [:]

    init(_ connection: Connection) throws {
        selectNames = try connection.prepare("SELECT names FROM edge_lists WHERE id = ?")
        selectID = try connection.prepare("SELECT id FROM edge_lists WHERE names = ?")
        insert = try connection.prepare("INSERT INTO edge_lists (names) VALUES (?) RETURNING id")
    }

    func names(_ id: Int64) throws -> [String] {
        if let names = namesByID[id] { return names }
        selectNames.bind(1, id)
        guard let text = try selectNames.firstRow({ $0.text(0) }) else {
            throw StorageError.corrupt("a request refers to the edge list \(id), which is not there")
        }
        let names = text.split(separator: "\n").map(String.init)
        keep(id, names)
        return names
    }

    /// The list's id; a new one for a list never seen.
    func id(_ names: [String]) throws -> Int64 {
        if let id = idByNames[names] { return id }
        // Names are printable, so a line break parts them.
        let text = names.joined(separator: "\n")
        selectID.bind(1, text)
        let known = try selectID.firstRow { $0.integer(0) }
        let id = try known ?? add(text)
        keep(id, names)
        return id
    }

    /// After a rollback the ids of new lists are those of others.
    func forget() {
        namesByID.removeAll(keepingCapacity: true)
        idByNames.removeAll(keepingCapacity: true)
    }

    private func add(_ text: String) throws -> Int64 {
        insert.bind(1, text)
        guard let id = try insert.firstRow({ $0.integer(0) }) else {
            throw StorageError.corrupt("inserting an edge list gave no id")
        }
        return id
    }

    private func keep(_ id: Int64, _ names: [String]) {
        if namesByID.count >= Self.keptMax { forget() }
        namesByID[id] = names
        idByNames[names] = id
    }
}
