internal import Invalidations
internal import Storage

/// Reads the rows of requests on one connection.
final class RequestTable {
    /// The columns that `record(from:)` reads, in its order.
    static let columns =
        "id, namespace, requested_at, first_seen_at, updated_at, edge_list, cells, failures, status"

    let edgeLists: EdgeListTable
    private let select: Statement
    private let selectFailures: Statement

    init(_ connection: Connection) throws {
        edgeLists = try EdgeListTable(connection)
        select = try connection.prepare("SELECT \(Self.columns) FROM requests WHERE id = ?")
        selectFailures = try connection.prepare(
            "SELECT edge, class, message, attempts FROM failures WHERE request = ?")
    }

    func record(_ id: RequestID) throws -> StatusRecord? {
        select.bind(1, high: id.high, low: id.low)
        return try select.firstRow { try record(from: $0) }
    }

    /// - Throws: `StorageError.corrupt` for a row that no projector writes.
    func record(from row: Row) throws -> StatusRecord {
        guard let key = row.wide(0) else { throw StorageError.corrupt("a request without an id of 16 bytes") }
        let id = RequestID(high: key.high, low: key.low)
        guard let namespace = Namespace(row.text(1)), let (cells, omitsEdges) = CellCoding.decode(row.bytes(6)) else {
            throw StorageError.corrupt("the row of request \(id) holds an impossible namespace or cells")
        }
        let record = StatusRecord(
            id: id, namespace: namespace, requestedAt: Timestamp(milliseconds: row.integer(2)),
            firstSeenAt: Timestamp(milliseconds: row.integer(3)), updatedAt: Timestamp(milliseconds: row.integer(4)),
            edges: try edgeLists.names(row.integer(5)), cells: cells,
            failures: row.integer(7) > 0 ? try failures(of: id) : [:], omitsEdges: omitsEdges)
        guard let record else {
            throw StorageError.corrupt("the cells of request \(id) do not fit its list of edges")
        }
        return record
    }

    private func failures(of id: RequestID) throws -> [String: EdgeFailure] {
        var failures: [String: EdgeFailure] = [:]
        selectFailures.bind(1, high: id.high, low: id.low)
        try selectFailures.forEachRow { row in
            failures[row.text(0)] = EdgeFailure(
                failureClass: row.text(1), message: row.text(2), attempts: UInt32(clamping: row.integer(3)))
        }
        return failures
    }
}
