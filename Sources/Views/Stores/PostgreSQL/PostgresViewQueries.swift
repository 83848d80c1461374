internal import Invalidations
internal import Replays
internal import Storage

/// The rows of a view in PostgreSQL, as its readers ask for them: each question in one round trip.
final class PostgresViewQueries: ViewQueries {
    /// How many rows of a long list are fetched at a time.
    private static let fetchMax: Int64 = 1_000
    private static let selectWatermark = "SELECT min(caught_up_at) FROM offsets"

    private let connection: PostgresConnection
    private let edgeLists = EdgeTexts()

    /// - Throws: `StorageError.cannotOpen` while there is no view.
    init(_ address: PostgresAddress, schema: String) throws {
        var options = PostgresConnection.Options()
        options.schemaName = schema
        connection = try PostgresConnection(address, options: options)
        guard try connection.integer("SELECT to_regnamespace($1) IS NOT NULL", [.text(schema)]) == 1 else {
            throw StorageError.cannotOpen("\(address): there is no view yet; a projector makes it")
        }
        try connection.require(PostgresViewSchema.current)
    }

    func version() throws -> ViewVersion {
        // The schema's number tells a view from one that was put in its place.
        let row = try connection.run(
            "SELECT (SELECT oid::bigint FROM pg_namespace WHERE nspname = $1), version FROM view_state",
            [.text(connection.schemaName)])
        return row.firstRow { ViewVersion(store: .schema($0.integer(0)), data: $0.integer(1)) }
            ?? ViewVersion(store: .schema(0), data: 0)
    }

    func watermark() throws -> Timestamp? {
        Self.watermark(try connection.run(Self.selectWatermark))
    }

    func watermarks() throws -> [PartitionWatermark] {
        let rows = try connection.run(
            "SELECT topic, partition_id, next_offset, caught_up_at FROM offsets ORDER BY topic, partition_id")
        var watermarks: [PartitionWatermark] = []
        rows.forEachRow { watermarks.append(PartitionWatermark($0)) }
        return watermarks
    }

    func counts() throws -> [RequestStatus: Int] {
        var counts: [RequestStatus: Int] = [:]
        try connection.run("SELECT status, requests FROM counts").forEachRow { row in
            if let status = StatusCode.status(of: row.integer(0)) { counts[status] = Int(row.integer(1)) }
        }
        return counts
    }

    func minutes(of namespace: Namespace?, from first: Int64, to end: Int64) throws -> MinutePage {
        var pipeline = PostgresPipeline()
        pipeline.add(Self.selectWatermark)
        pipeline.add(
            """
            SELECT \(MinuteRows.columns) FROM minutes
            WHERE namespace = $1 AND minute >= $2 AND minute < $3 AND \(MinuteRows.isTold)
            ORDER BY minute DESC LIMIT $4
            """,
            [.text(namespace?.name ?? ""), .integer(first), .integer(end), .integer(MinuteQuery.minutesMax)])
        let results = try connection.transaction(.snapshot) { try $0.commit(pipeline) }
        var minutes: [MinuteCounts] = []
        results[1].forEachRow { minutes.append(MinuteRows.counts($0)) }
        return MinutePage(minutes: minutes, asOf: Self.watermark(results[0]))
    }

    func namespaces(from first: Int64, to end: Int64, max: Int) throws -> NamespaceList {
        var pipeline = PostgresPipeline()
        pipeline.add(Self.selectWatermark)
        pipeline.add(
            "\(MinuteRows.sums) AND minute >= $1 AND minute < $2 \(MinuteRows.sumOrder) LIMIT $3",
            [.integer(first), .integer(end), .integer(Int64(max))])
        let results = try connection.transaction(.snapshot) { try $0.commit(pipeline) }
        var namespaces: [NamespaceCounts] = []
        try results[1].forEachRow { namespaces.append(try MinuteRows.sum($0)) }
        return NamespaceList(namespaces: namespaces, asOf: Self.watermark(results[0]))
    }

    func find(_ id: RequestID, in namespace: Namespace?, max: Int) throws -> FoundRequests {
        let all = Keys(
            """
            (SELECT id, namespace FROM requests WHERE id = $1
                ORDER BY first_seen_at, namespace LIMIT $2) AS key
            """, order: "requests.first_seen_at, requests.namespace",
            [.wide(high: id.high, low: id.low), .integer(Int64(max))])
        var questions = [all]
        if let namespace {
            let one = PostgresRequests.arrays([RequestIdentity(id: id, namespace: namespace)])
            questions.append(Keys(PostgresRequests.given, order: "requests.id", one))
        }
        let (found, watermark) = try read(questions)
        return FoundRequests(
            records: found[0], ofNamespace: namespace == nil ? nil : found[1].first, watermark: watermark)
    }

    func overview(of ids: [RequestID], max: Int) throws -> StatusOverview {
        var blobs = PostgresBlobs()
        for id in ids { blobs.append(high: id.high, low: id.low) }
        var pipeline = PostgresPipeline()
        pipeline.add(Self.selectWatermark)
        pipeline.add(
            """
            SELECT asked.id, namespace, status FROM unnest($1::bytea[]) AS asked (id), LATERAL (
                SELECT namespace, status FROM requests WHERE requests.id = asked.id ORDER BY namespace LIMIT $2
            ) AS found
            """, [.blobs(blobs), .integer(Int64(max))])
        let results = try connection.transaction(.snapshot) { try $0.commit(pipeline) }
        var overview = StatusOverview(watermark: Self.watermark(results[0]))
        results[1].forEachRow { row in
            if let id = row.id(0) { overview.add(id, row.text(1), code: row.integer(2)) }
        }
        return overview
    }

    func find(key: String, in namespace: Namespace) throws -> StatusRecord? {
        let latest = Keys(
            """
            (SELECT id, namespace FROM requests WHERE namespace = $1 AND key = $2
                ORDER BY published_at DESC LIMIT 1) AS key
            """, order: "requests.id", [.text(namespace.name), .text(key)])
        return try read([latest]).found[0].first
    }

    func newest(_ query: StatusQuery, max: Int) throws -> FoundRequests {
        let (found, watermark) = try read(query.ranges.map { Self.newest($0, query, max: max) })
        return FoundRequests(records: found.flatMap { $0 }, watermark: watermark)
    }

    func forEachRecord(_ body: (StatusRecord) throws -> Void) throws {
        try connection.transaction(.snapshot) { snapshot in
            try snapshot.run(Self.selectWatermark)
            var after: RequestIdentity?
            while true {
                let page = Keys(
                    """
                    (SELECT id, namespace FROM requests WHERE (id, namespace) > ($1, $2)
                        ORDER BY id, namespace LIMIT $3) AS key
                    """, order: "requests.id, requests.namespace",
                    [
                        .wide(high: after?.id.high ?? 0, low: after?.id.low ?? 0),
                        .text(after?.namespace.name ?? ""), .integer(Self.fetchMax),
                    ])
                var pipeline = PostgresPipeline()
                for question in page.questions { pipeline.add(question.sql, question.parameters) }
                let results = try snapshot.run(pipeline)
                let records = try PostgresRequests.records(from: results[...], edgeLists)
                for record in records { try body(record) }
                guard let last = records.last else { return }
                after = last.identity
            }
        }
    }

    // MARK: Dead letters and runs

    func deadLetter(partition: Int32, offset: Int64) throws -> DeadLetterRecord? {
        try connection.run(
            """
            SELECT \(PostgresDeadLetters.columns) FROM dead_letters
            WHERE partition_id = $1 AND record_offset = $2
            """, [.integer(Int64(partition)), .integer(offset)]
        ).firstRow { DeadLetterCoding.record(from: $0) }
    }

    func deadLetterCount(ofRun id: String) throws -> Int64 {
        try connection.integer("SELECT count(*) FROM dead_letters WHERE run = $1", [.text(id)]) ?? 0
    }

    func readDeadLetters(
        _ ranges: [DeadLetterRange], _ bounds: DeadLetterBounds,
        while body: (_ range: Int, DeadLetterRecord) -> Bool
    ) throws -> Timestamp? {
        try connection.transaction(.snapshot) { snapshot in
            let watermark = Self.watermark(try snapshot.run(Self.selectWatermark))
            for (index, range) in ranges.enumerated() {
                var bounds = bounds
                var isWanted = true
                var isEnd = false
                while isWanted, !isEnd {
                    let rows = try snapshot.run(
                        PostgresDeadLetters.newest(of: range),
                        PostgresDeadLetters.parameters(range, bounds, max: Self.fetchMax))
                    isEnd = rows.rowCount < Int(Self.fetchMax)
                    rows.forEachRow { row in
                        guard isWanted else { return }
                        isWanted = body(index, DeadLetterCoding.record(from: row))
                        bounds.before = PostgresDeadLetters.position(of: row)
                    }
                }
            }
            return watermark
        }
    }

    func run(_ id: String) throws -> RunTable.Run? {
        try connection.run("SELECT id, run_order, run_state FROM runs WHERE id = $1", [.text(id)])
            .firstRow { try RunCoding.run(from: $0) } ?? nil
    }

    func edges(ofRun id: String) throws -> [RunEdge] {
        var edges = RunEdgeRows()
        try connection.run(
            "SELECT \(RunEdge.columns) FROM run_edges WHERE run = $1 ORDER BY edge, state LIMIT $2",
            [.text(id), .integer(RunEdge.rowsMax)]
        ).forEachRow { edges.add($0) }
        return edges.edges
    }

    func runs(before id: String?, max: Int) throws -> [RunTable.Run] {
        // No run's name has a byte as high.
        let rows = try connection.run(
            "SELECT id, run_order, run_state FROM runs WHERE id < $1 ORDER BY id DESC LIMIT $2",
            [.text(id ?? "~"), .integer(Int64(max))])
        var runs: [RunTable.Run] = []
        try rows.forEachRow { row in
            if let run = try RunCoding.run(from: row) { runs.append(run) }
        }
        return runs
    }

    private static func newest(_ range: StatusRange, _ query: StatusQuery, max: Int) -> Keys {
        var (rows, condition) = ("requests", "status = $1")
        var namespace = query.namespace
        let first: PostgresParameter
        switch range {
        case .status(let status):
            first = .integer(StatusCode(status: status).code)
            if namespace != nil { condition = "namespace = $7 AND status = $1" }
        case .source(let source):
            (first, condition, namespace) = (.text(source), "source = $1", nil)
        case .key(let key):
            (first, condition) = (.text(key), "true")
            rows = """
                (SELECT id, namespace, listed_at FROM requests WHERE namespace = $7 AND key = $1
                    ORDER BY published_at DESC LIMIT \(StatusRange.ofKeyMax)) AS latest
                """
        case .failing:
            // Nothing is asked of the first parameter.
            first = .integer(nil)
            condition = (namespace == nil ? "" : "namespace = $7 AND ") + StatusRange.isFailing
        }
        let bound = query.bound
        var parameters: [PostgresParameter] = [
            first, .integer(query.since?.milliseconds ?? .min), .integer(bound?.listedAt.milliseconds ?? .max),
            .wide(high: bound?.id.high ?? .max, low: bound?.id.low ?? .max),
            // Behind every namespace, where there is no bound.
            .text(bound?.namespace ?? "~"), .integer(Int64(max)),
        ]
        if let namespace { parameters.append(.text(namespace.name)) }
        return Keys(
            """
            (SELECT id, namespace FROM \(rows)
                WHERE \(condition) AND listed_at >= $2 AND (listed_at, id, namespace) < ($3, $4, $5)
                ORDER BY listed_at DESC, id DESC, namespace DESC LIMIT $6) AS key
            """, order: "requests.id", parameters)
    }

    private static func watermark(_ result: PostgresResult) -> Timestamp? {
        result.firstRow { $0.optionalTime(0) } ?? nil
    }

    /// Requests by SQL of their `(id, namespace)`.
    private struct Keys {
        var questions: [PostgresRequests.Question]

        init(_ keys: String, order: String, _ parameters: [PostgresParameter]) {
            questions =
                [
                    (
                        """
                        SELECT \(PostgresRequests.columns) FROM \(keys)
                        JOIN requests ON \(PostgresRequests.areOfKeys) ORDER BY \(order)
                        """, parameters
                    )
                ] + PostgresRequests.details(of: keys, parameters)
        }
    }

    /// Reads requests and the watermark from one state of the view.
    private func read(_ keys: [Keys]) throws -> (found: [[StatusRecord]], watermark: Timestamp?) {
        var pipeline = PostgresPipeline()
        // First, as in all transactions of readers: it keeps another view from being put in the place of this one.
        pipeline.add(Self.selectWatermark)
        for question in keys.flatMap(\.questions) { pipeline.add(question.sql, question.parameters) }
        let results = try connection.transaction(.snapshot) { try $0.commit(pipeline) }
        let found = try keys.indices.map { index in
            try PostgresRequests.records(from: results[3 * index + 1...3 * index + 3], edgeLists)
        }
        return (found, Self.watermark(results[0]))
    }
}
