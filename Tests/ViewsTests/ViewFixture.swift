import Invalidations
import Kafka
import Replays
import Storage
import TestSupport
import Testing
import TopicCatalogue
import Views

/// Views in a database of the test at hand, and what tests do with them.
struct ViewFixture {
    static let topic = TopicName.progress
    static let topics = TopicName.invalidations + [topic, TopicName.dead, TopicName.control]
    static let epoch = Timestamp(milliseconds: 1_795_000_000_000)

    let kind = ViewKind.current
    let directory: TemporaryDirectory
    /// Of the view's file; in PostgreSQL it stands for a schema.
    let path: String
    private let address: PostgresAddress?

    init() throws {
        directory = try TemporaryDirectory("view")
        path = directory.file("view.sqlite")
        address = kind == .postgres ? try PostgresAddress(PostgresCluster.createDatabase()) : nil
    }

    func location(_ path: String? = nil) -> ViewLocation {
        let path = path ?? self.path
        guard let address else { return .file(path) }
        let name = path.split(separator: "/").last ?? ""
        return .postgres(address, schema: String(name.map { ".-".contains($0) ? "_" : $0 }))
    }

    func writer(
        partitions: Int = 1, path: String? = nil, options: Connection.Options = Connection.Options()
    ) throws -> ViewWriter {
        let writer = try openWriter(location(path), options)
        var counts = Dictionary(Self.topics.map { ($0, partitions) }) { first, _ in first }
        counts[TopicName.control] = 1
        _ = try writer.open(counts)
        return writer
    }

    /// A server may hear a moment later than we that the writer before is gone.
    private func openWriter(_ location: ViewLocation, _ options: Connection.Options) throws -> ViewWriter {
        var writer: ViewWriter?
        try eventually("no other writer is there") {
            do {
                writer = try ViewWriter(location, options: options)
            } catch StorageError.locked {
                writer = nil
            }
            return writer != nil
        }
        return try #require(writer)
    }

    var reader: ViewReader { reader() }

    /// Folds all of it twice, the second time in another order, in batches of any size.
    func foldTwice(_ history: [Progress], using random: inout some RandomNumberGenerator) throws {
        let writer = try writer()
        var offset: Int64 = 0
        for round in [history, history.shuffled(using: &random)] {
            var rest = round[...]
            while !rest.isEmpty {
                let next = Array(rest.prefix(Int.random(in: 1...60, using: &random)))
                try writer.apply(ViewFixture.batch(next, from: offset))
                offset += Int64(next.count)
                rest = rest.dropFirst(next.count)
            }
        }
    }

    func reader(path: String? = nil) -> ViewReader { ViewReader(location(path)) }

    /// How many rows a table has.
    func rowCount(_ table: String) throws -> Int64? {
        let query = "SELECT count(*) FROM \(table)"
        switch location() {
        case .file(let path): return try Connection(path: path, access: .read).integer(query)
        case .postgres(let address, let schema): return try Self.connect(address, schema).integer(query)
        }
    }

    /// Changes rows as no projector does, whatever refers to them.
    func execute(_ sql: String) throws {
        switch location() {
        case .file(let path):
            try Connection(path: path, access: .write).execute("PRAGMA foreign_keys = OFF; \(sql)")
        case .postgres(let address, let schema): try Self.connect(address, schema).execute(sql)
        }
    }

    private static func connect(_ address: PostgresAddress, _ schema: String) throws -> PostgresConnection {
        var options = PostgresConnection.Options()
        options.schemaName = schema
        return try PostgresConnection(address, options: options)
    }

    /// Every table as text.
    func dump(_ path: String? = nil) throws -> [String] {
        switch location(path) {
        case .file(let path): try dumpFile(path)
        case .postgres(let address, let schema): try dumpSchema(address, schema)
        }
    }

    private func dumpSchema(_ address: PostgresAddress, _ schema: String) throws -> [String] {
        let connection = try Self.connect(address, schema)
        var lines: [String] = []
        for (table, order) in [
            ("requests", "id, namespace"), ("failures", "request, namespace, edge"),
            ("earlier_tries", "request, namespace, edge, generation"),
            ("dead_letters", "partition_id, record_offset"), ("runs", "id"), ("counts", "status"),
        ] {
            try connection.run("SELECT \(table)::text FROM \(table) ORDER BY \(order)")
                .forEachRow { lines.append($0.text(0)) }
        }
        // A minute that has given back all that it counted may have a row, or none.
        try connection.run(
            """
            SELECT minutes::text FROM minutes WHERE published <> 0 OR completed <> 0 OR failed <> 0
            ORDER BY namespace, minute
            """
        ).forEachRow { lines.append($0.text(0)) }
        // Without the times at which all was folded, which are of the clock.
        try connection.run(
            "SELECT topic || partition_id || ' ' || next_offset FROM offsets ORDER BY topic, partition_id"
        ).forEachRow { lines.append($0.text(0)) }
        return lines
    }

    /// With the names of edges in place of the ids of their lists.
    private func dumpFile(_ path: String) throws -> [String] {
        let connection = try Connection(path: path, access: .read)
        var lines: [String] = []
        let queries = [
            """
            SELECT hex(requests.id) || ' ' || namespace || ' ' || status || ' ' || requested_at || ' '
                || listed_at || ' ' || first_seen_at || ' ' || updated_at || ' ' || names || ' ' || hex(cells)
                || ' ' || failures || ' ' || earlier || ' ' || coalesce(run, '') || ' ' || reported || ' '
                || coalesce(published_at || ' ' || priority || ' ' || kinds, '') || ' ' || coalesce(source, '') || ' '
                || coalesce(hex(cancels), '') || ' ' || coalesce(key || key_digest, '') || ' '
                || coalesce(implausible_time, '') || ' ' || coalesce(not_before, '')
            FROM requests JOIN edge_lists ON edge_lists.id = edge_list ORDER BY requests.id, namespace
            """,
            """
            SELECT hex(request) || namespace || edge || class || message || attempts FROM failures
            ORDER BY request, namespace, edge
            """,
            """
            SELECT hex(request) || namespace || edge || generation || state || coalesce(objects, '-')
                || coalesce(class, '-') || coalesce(message, '-') || coalesce(attempts, '-')
            FROM earlier_tries ORDER BY request, namespace, edge, generation
            """,
            """
            SELECT partition || ' ' || offset || ' ' || time || ' ' || class || ' ' || error || ' '
                || coalesce(hex(request), '') || ' ' || coalesce(namespace, '') || ' ' || origin || ' ' || edges
                || ' ' || attempts || ' ' || generation || ' ' || redrives || ' ' || coalesce(run, '') || ' '
                || coalesce(hex(status), '') || ' ' || open_edges || ' ' || is_open || ' ' || coalesce(discarded_by, '')
            FROM dead_letters ORDER BY partition, offset
            """,
            """
            SELECT id || coalesce(run_order, '') || coalesce(run_state, '') || coalesce(over_at, '') FROM runs
            ORDER BY id
            """,
            "SELECT status || ' ' || requests FROM counts ORDER BY status",
            """
            SELECT namespace || ' ' || minute || ' ' || published || ' ' || completed || ' ' || failed FROM minutes
            WHERE published <> 0 OR completed <> 0 OR failed <> 0 ORDER BY namespace, minute
            """,
            "SELECT topic || partition || ' ' || next_offset FROM offsets ORDER BY topic, partition",
        ]
        for query in queries {
            try connection.prepare(query).forEachRow { lines.append($0.text(0)) }
        }
        return lines
    }

    static func progress(
        _ id: RequestID, _ edges: [Progress.Edge], namespace: String = "shop", requestedAt: Timestamp = epoch,
        at: Timestamp = epoch, generation: UInt32 = 0, run: String? = nil
    ) -> Progress {
        Progress(
            id: id, namespace: Namespace(namespace) ?? .default, generation: generation, run: run,
            requestedAt: requestedAt, at: at, source: "test",
            edges: edges)
    }

    /// What the record of a request says.
    static func publication(
        _ id: RequestID, namespace: String = "shop", kinds: Selectors = Selectors(tags: ["a"]),
        requestedAt: Timestamp = epoch, at: Timestamp = epoch, source: String? = nil, key: KeyOnRecord? = nil,
        notBefore: Timestamp? = nil, details: String? = nil
    ) -> StatusRecord {
        StatusRecord(
            Invalidation(
                id: id, namespace: Namespace(namespace) ?? .default, selectors: kinds, requestedAt: requestedAt,
                notBefore: notBefore, source: source),
            publishedAt: at, idempotencyKey: key, details: details)
    }

    static func batch(publications: [StatusRecord], partition: Int32 = 0, from offset: Int64 = 0) -> ProjectionBatch {
        var batch = ProjectionBatch()
        for (index, record) in publications.enumerated() {
            batch.add(record, from: TopicPartition(TopicName.normal, partition), offset: offset + Int64(index))
        }
        return batch
    }

    static func batch(_ progress: [Progress], partition: Int32 = 0, from offset: Int64 = 0) -> ProjectionBatch {
        var batch = ProjectionBatch()
        for (index, progress) in progress.enumerated() {
            batch.add(progress, from: TopicPartition(topic, partition), offset: offset + Int64(index))
        }
        return batch
    }

    static func batch(_ deadLetters: [DeadLetterEntry]) -> ProjectionBatch {
        var batch = ProjectionBatch()
        for deadLetter in deadLetters {
            batch.add(
                deadLetter, from: TopicPartition(TopicName.dead, deadLetter.partition), offset: deadLetter.offset)
        }
        return batch
    }

    /// A dead letter of the request, as a worker writes it.
    static func deadLetter(
        _ id: RequestID?, _ edges: [String], partition: Int32 = 0, offset: Int64 = 0, time: Timestamp = epoch,
        namespace: String = "shop", deadClass: String = "exhausted", error: String = "503", run: String? = nil,
        generation: UInt32 = 0, redrives: Int = 0, statusID: RequestID? = nil
    ) -> DeadLetterEntry {
        DeadLetterEntry(
            partition: partition, offset: offset, time: time.milliseconds, deadClass: deadClass, error: error,
            requestID: id, namespace: id == nil ? nil : Namespace(namespace), origin: "\(TopicName.normal)/0/1",
            edges: edges, attempts: 3, run: run, generation: generation, redrives: redrives, statusID: statusID)
    }

    /// Lets everything be removed that was heard of before that time.
    static func horizons(
        _ time: Timestamp, replays: Timestamp? = nil, silent: Timestamp = Timestamp(milliseconds: .min),
        minutes: ClosedRange<Timestamp> = Timestamp(milliseconds: .min)...Timestamp(milliseconds: .max)
    ) -> ViewWriter.Horizons {
        ViewWriter.Horizons(
            ended: time, endedReplays: replays ?? time, silent: silent, runs: time, minutes: minutes)
    }

    /// Requests of a few edges, each heard of one to three times, in no order.
    static func history(requests: Int, using random: inout some RandomNumberGenerator) -> [Progress] {
        var history: [Progress] = []
        for index in 0..<requests {
            let requestedAt = epoch + Int64(index)
            let id = RequestID(at: requestedAt, using: &random)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let edges = (0..<Int.random(in: 0...3, using: &random)).map { index in
                    Progress.Edge(
                        "edge-\(index)", EdgeState.allCases.randomElement(using: &random) ?? .queued,
                        failure: Int.random(in: 0..<4, using: &random) == 0
                            ? EdgeFailure(failureClass: "transient", message: "503", attempts: 1) : nil,
                        objects: [nil, 0, 5].randomElement(using: &random) ?? nil)
                }
                var news = progress(
                    id, edges, namespace: "ns-\(index % 7)", requestedAt: requestedAt,
                    at: requestedAt + Int64.random(in: 0...1_000, using: &random))
                if Int.random(in: 0..<9, using: &random) == 0 {
                    news.failure = RequestFailure(failureClass: "unroutable", message: "no edge")
                }
                history.append(news)
            }
        }
        return history.shuffled(using: &random)
    }
}

/// What the fold alone, without a view, makes of the progress.
func folded(_ history: [Progress]) -> [RequestID: StatusRecord] {
    var records: [RequestID: StatusRecord] = [:]
    for progress in history { records[progress.id] = StatusFold.apply(progress, to: records[progress.id]) }
    return records
}
