internal import Invalidations
internal import Storage

/// Rows of requests in PostgreSQL: the questions for them, and how the answers are read.
enum PostgresRequests {
    typealias Question = (sql: String, parameters: [PostgresParameter])

    static let columns =
        """
        requests.id, requests.namespace, requests.requested_at, requests.first_seen_at, requests.updated_at,
            requests.edges, requests.cells, requests.failures, requests.earlier, requests.run, requests.reported,
            \(PostgresPublications.columns.map { "requests.\($0.0)" }.joined(separator: ", "))
        """

    /// What belongs to the requests of other questions in the same state of the view.
    ///
    /// - Parameter keys: SQL of the `(id, namespace)` of those requests.
    static func details(of keys: String, _ parameters: [PostgresParameter]) -> [Question] {
        [
            (
                """
                SELECT request, failures.namespace, edge, class, message, attempts
                FROM \(keys) JOIN failures ON failures.request = key.id AND failures.namespace = key.namespace
                """, parameters
            ),
            (
                // In the order of `EarlierTry.precedes`.
                """
                SELECT request, earlier_tries.namespace, edge, generation, state, objects, class, message, attempts
                FROM \(keys) JOIN earlier_tries
                    ON earlier_tries.request = key.id AND earlier_tries.namespace = key.namespace
                ORDER BY edge, generation DESC
                """, parameters
            ),
        ]
    }

    /// Two arrays as the keys of `details`.
    static let given = "unnest($1::bytea[], $2::text[]) AS key (id, namespace)"

    static func arrays(_ identities: some Sequence<RequestIdentity>) -> [PostgresParameter] {
        var ids = PostgresBlobs()
        var namespaces = PostgresTexts()
        for identity in identities {
            ids.append(high: identity.id.high, low: identity.id.low)
            namespaces.append(identity.namespace.name)
        }
        return [.blobs(ids), .texts(namespaces)]
    }

    /// - Parameter results: of a question for `columns`, and of its `details`.
    /// - Throws: `StorageError.corrupt` for a row that no projector writes.
    static func records(from results: ArraySlice<PostgresResult>, _ edgeLists: EdgeTexts) throws -> [StatusRecord] {
        let results = Array(results)
        var details: [RequestIdentity: Details] = [:]
        try results[1].forEachRow { row in try add(failure: row, to: &details[identity(row), default: Details()]) }
        try results[2].forEachRow { row in try add(earlier: row, to: &details[identity(row), default: Details()]) }
        var records: [StatusRecord] = []
        records.reserveCapacity(results[0].rowCount)
        try results[0].forEachRow { row in
            let identity = try identity(row)
            let details = details.isEmpty ? nil : details[identity]
            records.append(try record(identity, row, details ?? Details(), edgeLists))
        }
        return records
    }

    private struct Details {
        var failures: [String: EdgeFailure] = [:]
        var wholeFailure: StatusRecord.WholeFailure?
        var earlier: [EarlierTry] = []
    }

    static func identity(_ row: PostgresRow) throws -> RequestIdentity {
        guard let key = row.wide(0), let namespace = Namespace(row.text(1)) else {
            throw StorageError.corrupt("a request without an id of 16 bytes or a namespace")
        }
        return RequestIdentity(id: RequestID(high: key.high, low: key.low), namespace: namespace)
    }

    private static func record(
        _ identity: RequestIdentity, _ row: PostgresRow, _ details: Details, _ edgeLists: EdgeTexts
    ) throws -> StatusRecord {
        guard let (cells, omitsEdges) = CellCoding.decode(row.bytes(6)),
            let record = StatusRecord(
                id: identity.id, namespace: identity.namespace, run: row.isNull(9) ? nil : row.text(9),
                requestedAt: Timestamp(milliseconds: row.integer(2)),
                firstSeenAt: Timestamp(milliseconds: row.integer(3)),
                updatedAt: Timestamp(milliseconds: row.integer(4)),
                edges: edgeLists.names(row.text(5)), cells: cells, failures: details.failures,
                wholeFailure: details.wholeFailure, omitsEdges: omitsEdges, earlier: details.earlier,
                publication: PostgresPublications.read(row, from: 11), isReported: row.integer(10) != 0)
        else {
            throw StorageError.corrupt(
                "the cells of request \(identity.id) do not fit its list of edges, or its tries are in no order")
        }
        return record
    }

    private static func add(failure row: PostgresRow, to details: inout Details) throws {
        let number = UInt32(clamping: row.integer(5))
        if row.text(2).isEmpty {
            details.wholeFailure = StatusRecord.WholeFailure(
                generation: number, failure: RequestFailure(failureClass: row.text(3), message: row.text(4)))
        } else {
            details.failures[row.text(2)] = EdgeFailure(
                failureClass: row.text(3), message: row.text(4), attempts: number)
        }
    }

    private static func add(earlier row: PostgresRow, to details: inout Details) throws {
        guard let state = UInt8(exactly: row.integer(4)).flatMap({ EdgeState(rank: $0) }) else {
            throw StorageError.corrupt("an earlier try of a request holds an impossible state")
        }
        let edge = row.text(2)
        let cell = StatusRecord.Cell(
            generation: UInt32(clamping: row.integer(3)), state: state,
            objects: row.isNull(5) ? nil : UInt32(clamping: row.integer(5)))
        let failure = EdgeFailure(
            failureClass: row.text(6), message: row.text(7), attempts: UInt32(clamping: row.integer(8)))
        details.earlier.append(
            EarlierTry(edge: edge.isEmpty ? nil : edge, cell: cell, failure: row.isNull(6) ? nil : failure))
    }
}
