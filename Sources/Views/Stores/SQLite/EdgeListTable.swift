internal import Storage

/// The lists of edges' names that requests refer to, as one connection sees them.
///
/// Most requests share a few lists, so a bounded number is kept in memory.
final class EdgeListTable {
    private static let keptMax = 1_000

    private let selectNames: Statement
    private let selectID: Statement
    private let insert: Statement
    private let count: Statement
    private let deleteUnused: Statement
    /// Looking for unused lists reads every request, so it waits for this many lists.
    private var pruneAt = EdgeListTable.keptMax
    private var namesByID: [Int64: [String]] = [:]
    private var idByNames: [[String]: Int64] = [:]

    init(_ connection: Connection) throws {
        selectNames = try connection.prepare("SELECT names FROM edge_lists WHERE id = ?")
        selectID = try connection.prepare("SELECT id FROM edge_lists WHERE names = ?")
        insert = try connection.prepare("INSERT INTO edge_lists (names) VALUES (?) RETURNING id")
        count = try connection.prepare("SELECT count(*) FROM edge_lists")
        deleteUnused = try connection.prepare("DELETE FROM edge_lists WHERE id NOT IN (SELECT edge_list FROM requests)")
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

    /// Removes the lists that no request has any more, once there are many lists.
    func removeUnused() throws {
        guard try rows() >= pruneAt else { return }
        try deleteUnused.run()
        forget()
        pruneAt = max(Self.keptMax, try rows() * 2)
    }

    private func rows() throws -> Int {
        Int(try count.firstRow { $0.integer(0) } ?? 0)
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
