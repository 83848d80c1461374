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
    private let selectOfID: Statement
    private let selectOthers: Statement
    private let selectOfKey: Statement
    private let selectFailures: Statement
    private let earlierTries: EarlierTryTable

    init(_ connection: Connection) throws {
        edgeLists = try EdgeListTable(connection)
        earlierTries = try EarlierTryTable(connection)
        select = try connection.prepare("SELECT \(Self.columns) FROM requests WHERE id = ? AND namespace = ?")
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
        selectOfID.bind(1, high: id.high, low: id.low)
        selectOfID.bind(2, Int64(max))
        var records: [StatusRecord] = []
        try selectOfID.forEachRow { records.append(try record(from: $0)) }
        return records
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
        guard let key = row.wide(0) else { throw StorageError.corrupt("a request without an id of 16 bytes") }
        let id = RequestID(high: key.high, low: key.low)
        guard let namespace = Namespace(row.text(1)), let (cells, omitsEdges) = CellCoding.decode(row.bytes(6)) else {
            throw StorageError.corrupt("the row of request \(id) holds an impossible namespace or cells")
        }
        let (failures, wholeFailure) = row.integer(7) > 0 ? try self.failures(of: id, namespace) : ([:], nil)
        let record = StatusRecord(
            id: id, namespace: namespace, run: row.isNull(9) ? nil : row.text(9),
            requestedAt: Timestamp(milliseconds: row.integer(2)),
            firstSeenAt: Timestamp(milliseconds: row.integer(3)), updatedAt: Timestamp(milliseconds: row.integer(4)),
            edges: try edgeLists.names(row.integer(5)), cells: cells,
            failures: failures, wholeFailure: wholeFailure, omitsEdges: omitsEdges,
            earlier: row.integer(8) > 0 ? try earlierTries.tries(RequestIdentity(id: id, namespace: namespace)) : [],
            publication: PublicationColumns.read(row, from: 11), isReported: row.integer(10) != 0)
        guard let record else {
            throw StorageError.corrupt(
                "the cells of request \(id) do not fit its list of edges, or its tries are in no order")
        }
        return record
    }

    private func failures(
        of id: RequestID, _ namespace: Namespace
    ) throws -> ([String: EdgeFailure], StatusRecord.WholeFailure?) {
        var failures: [String: EdgeFailure] = [:]
        var wholeFailure: StatusRecord.WholeFailure?
        selectFailures.bind(1, high: id.high, low: id.low)
        selectFailures.bind(2, namespace.name)
        try selectFailures.forEachRow { row in
            let number = UInt32(clamping: row.integer(3))
            if row.text(0).isEmpty {
                wholeFailure = StatusRecord.WholeFailure(
                    generation: number, failure: RequestFailure(failureClass: row.text(1), message: row.text(2)))
            } else {
                failures[row.text(0)] = EdgeFailure(
                    failureClass: row.text(1), message: row.text(2), attempts: number)
            }
        }
        return (failures, wholeFailure)
    }
}
