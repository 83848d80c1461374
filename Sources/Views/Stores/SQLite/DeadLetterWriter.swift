internal import Invalidations
internal import Kafka
internal import Replays
internal import Storage

/// Writes the rows of dead letters, inside the transaction of its caller.
final class DeadLetterWriter {
    private let insert: Statement
    private let selectOfIdentity: Statement
    private let selectFirstID: Statement
    private let selectLastID: Statement
    private let updateOpenness: Statement
    private let discard: Statement
    private let deleteBelow: Statement
    private let connection: Connection

    init(_ connection: Connection) throws {
        self.connection = connection
        insert = try connection.prepare(
            "INSERT OR IGNORE INTO dead_letters VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)")
        selectOfIdentity = try connection.prepare(
            """
            SELECT \(DeadLetterRow.columns) FROM dead_letters
            WHERE coalesce(status, request) = ? AND namespace = ? AND discarded_by IS NULL
            """)
        selectFirstID = try connection.prepare(Self.endOfIDs("ASC"))
        selectLastID = try connection.prepare(Self.endOfIDs("DESC"))
        updateOpenness = try connection.prepare(
            "UPDATE dead_letters SET is_open = ?, open_edges = ? WHERE partition = ? AND offset = ?")
        discard = try connection.prepare(
            """
            UPDATE dead_letters SET is_open = 0, open_edges = '', discarded_by = ?
            WHERE partition = ? AND offset = ? AND discarded_by IS NULL
            """)
        deleteBelow = try connection.prepare(
            """
            DELETE FROM dead_letters WHERE partition = ?1 AND offset IN
                (SELECT offset FROM dead_letters WHERE partition = ?1 AND offset < ?2 ORDER BY offset LIMIT ?3)
            """)
    }

    /// One that is there already stays as it is.
    func add(_ record: DeadLetterRecord) throws {
        let entry = record.entry
        insert.bind(1, Int64(entry.partition))
        insert.bind(2, entry.offset)
        insert.bind(3, entry.time ?? 0)
        insert.bind(4, entry.deadClass)
        insert.bind(5, entry.error)
        insert.bind(6, entry.requestID)
        insert.bind(7, entry.namespace?.name)
        insert.bind(8, entry.origin)
        insert.bind(9, DeadLetterCoding.text(of: entry.edges))
        insert.bind(10, Int64(entry.attempts))
        insert.bind(11, Int64(entry.generation))
        insert.bind(12, Int64(entry.redrives))
        insert.bind(13, entry.run)
        insert.bind(14, entry.statusID)
        insert.bind(15, DeadLetterCoding.text(of: record.openEdges))
        insert.bind(16, record.isOpen ? 1 : 0)
        try insert.run()
    }

    /// The least and the greatest id of a request that has any; nil where none has.
    func range() throws -> ClosedRange<RequestID>? {
        guard let first = try selectFirstID.firstRow({ $0.id(0) }) ?? nil,
            let last = try selectLastID.firstRow({ $0.id(0) }) ?? nil, first <= last
        else { return nil }
        return first...last
    }

    private static func endOfIDs(_ order: String) -> String {
        // Compared with the least blob, for an index finds that, and does not pass over those without an id one by one.
        """
        SELECT coalesce(status, request) FROM dead_letters
        WHERE coalesce(status, request) >= x'' ORDER BY coalesce(status, request) \(order) LIMIT 1
        """
    }

    /// Those of a request that no run has discarded.
    func records(of identity: RequestIdentity) throws -> [DeadLetterRecord] {
        var records: [DeadLetterRecord] = []
        selectOfIdentity.bind(identity)
        try selectOfIdentity.forEachRow { records.append(DeadLetterCoding.record(from: $0)) }
        return records
    }

    /// Changes whether it is open, and at which edges.
    func update(_ record: DeadLetterRecord) throws {
        updateOpenness.bind(1, record.isOpen ? 1 : 0)
        updateOpenness.bind(2, DeadLetterCoding.text(of: record.openEdges))
        updateOpenness.bind(3, Int64(record.entry.partition))
        updateOpenness.bind(4, record.entry.offset)
        try updateOpenness.run()
    }

    /// Closes the dead letter for good. One that is not there was removed before.
    func apply(_ mark: DiscardMark) throws {
        discard.bind(1, mark.run)
        discard.bind(2, Int64(mark.partition))
        discard.bind(3, mark.offset)
        try discard.run()
    }

    /// - Parameter offset: the first that the topic still has.
    /// - Returns: how many were removed.
    func remove(_ partition: Int32, below offset: Int64, max: Int) throws -> Int {
        deleteBelow.bind(1, Int64(partition))
        deleteBelow.bind(2, offset)
        deleteBelow.bind(3, Int64(max))
        try deleteBelow.run()
        return connection.changes
    }
}
