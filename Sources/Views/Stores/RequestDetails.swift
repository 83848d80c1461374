internal import Invalidations
internal import Storage

/// Rows that stand beside a request's own: why edges failed, and what was tried before.
struct RequestDetails {
    var failures: [String: EdgeFailure] = [:]
    var wholeFailure: StatusRecord.WholeFailure?
    var earlier: [EarlierTry] = []

    /// - Parameter first: the column of the edge; class, message and number stand behind it.
    mutating func add(failure row: some DatabaseRow, from first: Int) {
        let (edge, number) = (row.text(first), UInt32(clamping: row.integer(first + 3)))
        let (failureClass, message) = (row.text(first + 1), row.text(first + 2))
        if edge.isEmpty {
            wholeFailure = StatusRecord.WholeFailure(
                generation: number, failure: RequestFailure(failureClass: failureClass, message: message))
        } else {
            failures[edge] = EdgeFailure(failureClass: failureClass, message: message, attempts: number)
        }
    }

    /// - Parameter first: the column of the edge; generation, state, objects and the failure stand behind it.
    /// - Throws: `StorageError.corrupt` for a row that no projector writes.
    mutating func add(earlier row: some DatabaseRow, from first: Int, of id: RequestID) throws {
        guard let state = UInt8(exactly: row.integer(first + 2)).flatMap({ EdgeState(rank: $0) }) else {
            throw StorageError.corrupt("an earlier try of request \(id) holds an impossible state")
        }
        let edge = row.text(first)
        let cell = StatusRecord.Cell(
            generation: UInt32(clamping: row.integer(first + 1)), state: state,
            objects: row.isNull(first + 3) ? nil : UInt32(clamping: row.integer(first + 3)))
        let failure = EdgeFailure(
            failureClass: row.text(first + 4), message: row.text(first + 5),
            attempts: UInt32(clamping: row.integer(first + 6)))
        earlier.append(
            EarlierTry(edge: edge.isEmpty ? nil : edge, cell: cell, failure: row.isNull(first + 4) ? nil : failure))
    }
}

/// Row of a request, in the order of columns that both databases are asked for.
enum RequestRow {
    static let failures = 7
    static let earlier = 8

    /// - Throws: `StorageError.corrupt` for a row that no projector writes.
    static func identity(_ row: some DatabaseRow) throws -> RequestIdentity {
        guard let id = row.id(0), let namespace = Namespace(row.text(1)) else {
            throw StorageError.corrupt("a request without an id of 16 bytes or a namespace")
        }
        return RequestIdentity(id: id, namespace: namespace)
    }

    /// - Parameter edges: the names that column 5 stands for.
    /// - Throws: `StorageError.corrupt` for a row that no projector writes.
    static func record(
        _ identity: RequestIdentity, _ row: some DatabaseRow, edges: [String], _ details: RequestDetails
    ) throws -> StatusRecord {
        guard let (cells, omitsEdges) = CellCoding.decode(row.bytes(6)),
            let record = StatusRecord(
                id: identity.id, namespace: identity.namespace, run: row.optionalText(9), requestedAt: row.time(2),
                firstSeenAt: row.time(3), updatedAt: row.time(4), edges: edges, cells: cells,
                failures: details.failures, wholeFailure: details.wholeFailure, omitsEdges: omitsEdges,
                earlier: details.earlier, publication: PublicationColumns.read(row, from: 11),
                isReported: row.integer(10) != 0)
        else {
            throw StorageError.corrupt(
                "the cells of request \(identity.id) do not fit its list of edges, or its tries are in no order")
        }
        return record
    }
}
