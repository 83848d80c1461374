internal import Invalidations
internal import Kafka
internal import Replays
internal import Storage

/// The rows of a view in PostgreSQL, as its writer loads and stores them.
///
/// What is stored waits for the next question, or for the end of the transaction, and travels with it: a batch costs
/// three round trips, however many rows it has.
final class PostgresViewStore: ViewStore {
    private let connection: PostgresConnection
    private var transaction: PostgresTransaction?
    private var waiting = PostgresPipeline()
    private var hasChanges = false
    let edgeLists = EdgeTexts()

    /// Brings the tables to today's schema.
    ///
    /// - Throws: `StorageError.locked` while another connection writes.
    init(_ address: PostgresAddress, schema: String) throws {
        var options = PostgresConnection.Options()
        options.schemaName = schema
        connection = try PostgresConnection(address, options: options)
        try connection.lock("\(schema).writer")
        try connection.migrate(to: PostgresViewSchema.current)
        try connection.execute(Self.planning)
    }

    /// All that a writer asks is found by its keys in an index, however large the table: a plan that was made while it
    /// was small must not read all of it later. Plans are made once, whatever the parameters are.
    private static let planning = """
        SET enable_hashjoin = off;
        SET enable_mergejoin = off;
        SET enable_seqscan = off;
        SET plan_cache_mode = force_generic_plan
        """

    var isUsable: Bool { connection.isUsable }

    func transaction<R>(_ body: () throws -> R) throws -> R {
        defer {
            transaction = nil
            waiting = PostgresPipeline()
            hasChanges = false
        }
        return try connection.transaction { transaction in
            self.transaction = transaction
            let result = try body()
            if hasChanges { waiting.add("UPDATE view_state SET version = version + 1") }
            if !waiting.isEmpty { try transaction.commit(waiting) }
            return result
        }
    }

    /// What each commit has written is the view.
    func checkpoint() {}

    /// Has a statement run before the next question is answered.
    func store(_ sql: String, _ parameters: [PostgresParameter]) {
        waiting.add(sql, parameters)
        hasChanges = true
    }

    func ask(_ sql: String, _ parameters: [PostgresParameter]) throws -> PostgresResult {
        try ask([(sql, parameters)])[0]
    }

    /// Asks several things in one round trip.
    func ask(_ questions: [(sql: String, parameters: [PostgresParameter])]) throws -> [PostgresResult] {
        guard let transaction else { preconditionFailure("there is no transaction") }
        for question in questions { waiting.add(question.sql, question.parameters) }
        let results = try transaction.run(waiting)
        waiting = PostgresPipeline()
        return Array(results.suffix(questions.count))
    }

    /// Notes that a question has changed so many rows.
    func addChanges(_ count: Int) {
        hasChanges = hasChanges || count > 0
    }

    func positions(of topic: String, partitions count: Int) throws -> [TopicPartition: ViewPosition] {
        store(
            """
            INSERT INTO offsets SELECT $1, partition, 0, 0 FROM generate_series(0, $2 - 1) AS partition
            ON CONFLICT DO NOTHING
            """, [.text(topic), .integer(Int64(count))])
        var positions: [TopicPartition: ViewPosition] = [:]
        let rows = try ask(
            "SELECT partition_id, next_offset, caught_up_at FROM offsets WHERE topic = $1", [.text(topic)])
        rows.forEachRow { row in
            positions[TopicPartition(topic, Int32(truncatingIfNeeded: row.integer(0)))] = ViewPosition(
                nextOffset: row.integer(1), caughtUpAt: Timestamp(milliseconds: row.integer(2)))
        }
        return positions
    }

    func load(_ identities: [RequestIdentity], runs: [String], moving moves: [ViewMove]) throws -> LoadedRows {
        let arrays = PostgresRequests.arrays(identities)
        var questions = [Self.update(moves)]
        questions.append(
            (
                """
                SELECT \(PostgresRequests.columns) FROM \(PostgresRequests.given)
                JOIN requests ON \(PostgresRequests.areOfKeys)
                """, arrays
            ))
        questions += PostgresRequests.details(of: PostgresRequests.given, arrays)
        questions.append(
            (
                "SELECT id, run_order, run_state FROM runs WHERE id = ANY ($1::text[])",
                [.texts(PostgresTexts(runs))]
            ))
        hasChanges = hasChanges || !moves.isEmpty
        let results = try ask(questions)
        try check(moves, results[0])
        var loaded = LoadedRows()
        for record in try PostgresRequests.records(from: results[1...3], edgeLists) {
            loaded.records[record.identity] = record
        }
        try results[4].forEachRow { row in
            if let run = try RunCoding.run(from: row) { loaded.runs[run.id] = run }
        }
        return loaded
    }

    /// The rows stay locked until the end: another writer waits, and then finds itself fenced.
    private static func update(_ moves: [ViewMove]) -> PostgresRequests.Question {
        var topics = PostgresTexts()
        var numbers = [PostgresIntegers](repeating: PostgresIntegers(), count: 4)
        for move in moves {
            topics.append(move.partition.topic)
            numbers[0].append(Int64(move.partition.partition))
            numbers[1].append(move.expected)
            numbers[2].append(move.position.nextOffset)
            numbers[3].append(move.position.caughtUpAt.milliseconds)
        }
        return (
            """
            UPDATE offsets SET next_offset = move.next_offset, caught_up_at = move.caught_up_at
            FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
                AS move (topic, partition_id, expected, next_offset, caught_up_at)
            WHERE offsets.topic = move.topic AND offsets.partition_id = move.partition_id
                AND offsets.next_offset = move.expected
            RETURNING offsets.topic, offsets.partition_id
            """, [.texts(topics)] + numbers.map { .integers($0) }
        )
    }

    private func check(_ moves: [ViewMove], _ moved: PostgresResult) throws {
        guard moved.rowCount < moves.count else { return }
        var found: Set<TopicPartition> = []
        moved.forEachRow { row in
            found.insert(TopicPartition(row.text(0), Int32(truncatingIfNeeded: row.integer(1))))
        }
        guard let lost = moves.first(where: { !found.contains($0.partition) }) else { return }
        throw ViewError.fenced(lost)
    }
}
