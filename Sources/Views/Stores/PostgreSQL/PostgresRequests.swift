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

    /// How requests are found by keys: by their ids, in the primary key. While a table is new, the server takes it for
    /// as small as any, and an index that begins with the namespace for as good; with many requests of a namespace that
    /// one would be read in long stretches. Of an expression it has no index.
    static let areOfKeys = areOf("key")

    static func areOf(_ rows: String) -> String {
        "requests.id = \(rows).id AND requests.namespace || '' = \(rows).namespace"
    }

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
        var details: [RequestIdentity: RequestDetails] = [:]
        try results[1].forEachRow { row in
            details[try RequestRow.identity(row), default: RequestDetails()].add(failure: row, from: 2)
        }
        try results[2].forEachRow { row in
            let identity = try RequestRow.identity(row)
            try details[identity, default: RequestDetails()].add(earlier: row, from: 2, of: identity.id)
        }
        var records: [StatusRecord] = []
        records.reserveCapacity(results[0].rowCount)
        try results[0].forEachRow { row in
            let identity = try RequestRow.identity(row)
            let found = details.isEmpty ? nil : details[identity]
            records.append(
                try RequestRow.record(
                    identity, row, edges: edgeLists.names(row.text(5)), found ?? RequestDetails()))
        }
        return records
    }
}
