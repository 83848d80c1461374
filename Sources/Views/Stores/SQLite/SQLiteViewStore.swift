internal import Invalidations
internal import Kafka
internal import Replays
internal import Storage

/// The rows of a view in SQLite, as its writer loads and stores them.
final class SQLiteViewStore: ViewStore {
    private let connection: Connection
    private let table: RequestTable
    private let writer: RequestWriter
    private let deadLetters: DeadLetterWriter
    private let runs: RunWriter
    private let offsets: OffsetTable
    private let minutes: MinuteTable
    private let runEdges: RunEdgeTable
    private var recentRows = RecentRows()
    /// Ids that the batch brought, and that the view had never heard of.
    private var newIDs: Set<RequestID> = []
    private let selectDataVersion: Statement
    private let updateCount: Statement
    private let selectExpired: Statement

    /// Opens the file and brings it to today's schema.
    init(path: String, options: Connection.Options) throws {
        connection = try Connection(path: path, access: .write, options: options)
        try connection.migrate(to: ViewSchema.current)
        table = try RequestTable(connection)
        writer = try RequestWriter(connection, table)
        deadLetters = try DeadLetterWriter(connection)
        runs = try RunWriter(connection)
        offsets = try OffsetTable(connection)
        minutes = try MinuteTable(connection)
        runEdges = try RunEdgeTable(connection)
        selectDataVersion = try connection.prepare("PRAGMA data_version")
        updateCount = try connection.prepare("UPDATE counts SET requests = requests + ? WHERE status = ?")
        // Nothing is listed later than it was heard of for the last time, so the index finds all.
        selectExpired = try connection.prepare(
            """
            SELECT id, namespace FROM requests WHERE status = ?1 AND listed_at < ?2 AND updated_at < ?2
            ORDER BY listed_at LIMIT ?3
            """)
    }

    var isUsable: Bool { true }

    /// What is kept in memory beside the file holds only if the transaction does.
    func transaction<R>(_ body: () throws -> R) throws -> R {
        do {
            return try connection.transaction(body)
        } catch {
            table.edgeLists.forget()
            recentRows.forget()
            throw error
        }
    }

    func positions(of topic: String, partitions count: Int) throws -> [TopicPartition: ViewPosition] {
        try offsets.positions(of: topic, partitions: count)
    }

    func load(_ identities: [RequestIdentity], runs ids: [String], moving moves: [ViewMove]) throws -> LoadedRows {
        // First, so that a fenced projector does no work for nothing.
        for move in moves { try offsets.write(move) }
        recentRows.begin(dataVersion: try selectDataVersion.firstRow { $0.integer(0) } ?? 0)
        newIDs.removeAll(keepingCapacity: true)
        var loaded = LoadedRows()
        loaded.records.reserveCapacity(identities.count)
        for identity in identities {
            if let record = recentRows[identity] {
                loaded.records[identity] = record
            } else if try !table.isKnown(identity.id) {
                newIDs.insert(identity.id)
            } else if let record = try table.record(identity) {
                loaded.records[identity] = record
            }
        }
        for id in ids {
            if let run = try runs.rows.run(id) { loaded.runs[id] = run }
        }
        return loaded
    }

    func loadRelated(
        deadLettersOf identities: [RequestIdentity], namesakesOf others: [RequestIdentity]
    ) throws -> RelatedRows {
        var related = RelatedRows()
        // Ids grow with time, and most are above those of all that ever died.
        if let range = try deadLetters.range() {
            for identity in identities where range.contains(identity.id) {
                let found = try deadLetters.records(of: identity)
                if !found.isEmpty { related.deadLetters[identity] = found }
            }
        }
        for identity in others where !newIDs.contains(identity.id) {
            if try table.isShared(identity) { related.withNamesakes.insert(identity) }
        }
        return related
    }

    func store(_ changes: [RecordChange]) throws {
        for change in changes {
            try writer.write(change.record, replacing: change.old)
            recentRows.keep(change.record)
        }
    }

    func add(toCounts changes: [RequestStatus: Int64]) throws {
        for (status, change) in changes where change != 0 {
            updateCount.bind(1, change)
            updateCount.bind(2, StatusCode(status: status).code)
            try updateCount.run()
        }
    }

    func add(toMinutes changes: [MinuteTally.Minute: MinuteTally.Counts]) throws {
        try minutes.add(changes)
    }

    func removeMinutes(from first: Int64, to end: Int64, max: Int) throws -> Int {
        try minutes.remove(from: first, to: end, max: max)
    }

    func add(toRuns changes: [RunTally.Cell: RunTally.Change]) throws {
        try runEdges.add(changes)
    }

    func removeRunEdges(before horizon: Timestamp, max: Int) throws {
        try runEdges.remove(before: horizon.milliseconds, max: max)
    }

    func expired(_ code: StatusCode, before horizon: Timestamp, max: Int) throws -> [RequestIdentity] {
        var expired: [RequestIdentity] = []
        selectExpired.bind(1, code.code)
        selectExpired.bind(2, horizon.milliseconds)
        selectExpired.bind(3, Int64(max))
        try selectExpired.forEachRow { row in
            guard let id = row.id(0), let namespace = Namespace(row.text(1)) else { return }
            expired.append(RequestIdentity(id: id, namespace: namespace))
        }
        return expired
    }

    func remove(_ identities: [RequestIdentity]) throws {
        for identity in identities {
            try writer.remove(identity)
            recentRows.remove(identity)
        }
        try table.edgeLists.removeUnused()
    }

    func add(_ records: [DeadLetterRecord]) throws {
        for record in records { try deadLetters.add(record) }
    }

    func update(_ records: [DeadLetterRecord]) throws {
        for record in records { try deadLetters.update(record) }
    }

    func discard(_ marks: [DiscardMark]) throws {
        for mark in marks { try deadLetters.apply(mark) }
    }

    func removeDeadLetters(_ partition: Int32, below offset: Int64, max: Int) throws -> Int {
        try deadLetters.remove(partition, below: offset, max: max)
    }

    func store(_ changed: [RunTable.Run]) throws {
        for run in changed { try runs.write(run) }
    }

    func removeRuns(overBefore horizon: Timestamp, max: Int) throws -> Int {
        try runs.removeOver(before: horizon.milliseconds, max: max)
    }

    /// Copies the log into the file, so that the file alone is the view.
    ///
    /// - Throws: `StorageError.busy` while another connection reads.
    func checkpoint() throws {
        try connection.checkpoint()
    }
}
