internal import Invalidations
internal import Storage

/// Reads the rows of requests on one connection.
final class RequestTable {
    /// The columns that `record(from:)` reads, in its order.
    static let columns =
        "id, namespace, requested_at, first_seen_at, updated_at, edge_list, cells, failures, earlier, run, reported, "
        + PublicationColumns.names

    let edgeLists: EdgeListTable
    private let select: Statement
    private let selectFewOfID: Statement
    private let selectOfID: Statement
    private let selectKnown: Statement
    private let selectOthers: Statement
    private let selectOfKey: Statement
    private let selectFailures: Statement
    private let earlierTries: EarlierTryTable

    init(_ connection: Connection) throws {
        edgeLists = try EdgeListTable(connection)
        earlierTries = try EarlierTryTable(connection)
        select = try connection.prepare("SELECT \(Self.columns) FROM requests WHERE id = ? AND namespace = ?")
        selectFewOfID = try connection.prepare("SELECT \(Self.columns) FROM requests WHERE id = ? LIMIT 2")
        selectKnown = try connection.prepare("SELECT 1 FROM requests WHERE id = ? LIMIT 1")
        selectOfID = try connection.prepare(
            "SELECT \(Self.columns) FROM requests WHERE id = ? ORDER BY first_seen_at, namespace LIMIT ?")
        selectOthers = try connection.prepare("SELECT 1 FROM requests WHERE id = ? AND namespace <> ? LIMIT 1")
        selectOfKey = try connection.prepare(
            "SELECT \(Self.columns) FROM requests WHERE namespace = ? AND key = ? ORDER BY published_at DESC LIMIT 1")
        selectFailures = try connection.prepare(
            "SELECT edge, class, message, attempts FROM failures WHERE request = ? AND namespace = ?")
    }

    func record(_ identity: RequestIdentity) throws -> StatusRecord? {
        select.bind(identity)
        return try select.firstRow { try record(from: $0) }
    }

    /// The records of that id, of whatever namespace: first the one that was heard of first.
    func records(_ id: RequestID, max: Int) throws -> [StatusRecord] {
        selectFewOfID.bind(1, id)
        var records: [StatusRecord] = []
        try selectFewOfID.forEachRow { records.append(try record(from: $0)) }
        // Nearly every id is of one request, and to sort costs several times what the row does.
        guard records.count > 1 else { return records }
        records.removeAll(keepingCapacity: true)
        selectOfID.bind(1, id)
        selectOfID.bind(2, Int64(max))
        try selectOfID.forEachRow { records.append(try record(from: $0)) }
        return records
    }

    /// Whether any namespace has a request of that id.
    func isKnown(_ id: RequestID) throws -> Bool {
        selectKnown.bind(1, id)
        return try selectKnown.firstRow { _ in true } ?? false
    }

    /// Whether another namespace has a request of the same id.
    func isShared(_ identity: RequestIdentity) throws -> Bool {
        selectOthers.bind(identity)
        return try selectOthers.firstRow { _ in true } ?? false
    }

    /// The latest request of the namespace that was published with that idempotency key.
    func record(ofKey key: String, in namespace: Namespace) throws -> StatusRecord? {
        selectOfKey.bind(1, namespace.name)
        selectOfKey.bind(2, key)
        return try selectOfKey.firstRow { try record(from: $0) }
    }

    /// - Throws: `StorageError.corrupt` for a row that no projector writes.
    func record(from row: Row) throws -> StatusRecord {
        let identity = try RequestRow.identity(row)
        var details = RequestDetails()
        if row.integer(RequestRow.failures) > 0 {
            selectFailures.bind(identity)
            try selectFailures.forEachRow { details.add(failure: $0, from: 0) }
        }
        if row.integer(RequestRow.earlier) > 0 { try earlierTries.read(identity, into: &details) }
        return try RequestRow.record(identity, row, edges: try edgeLists.names(row.integer(5)), details)
    }
}
