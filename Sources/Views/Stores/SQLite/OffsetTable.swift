internal import Invalidations
internal import Kafka
internal import Storage

/// How far each partition of the view's topics is folded in. Rows are made once and only ever updated.
final class OffsetTable {
    private let insert: Statement
    private let select: Statement
    private let update: Statement
    private let connection: Connection

    init(_ connection: Connection) throws {
        self.connection = connection
        insert = try connection.prepare("INSERT OR IGNORE INTO offsets VALUES (?, ?, 0, 0)")
        select = try connection.prepare("SELECT partition, next_offset, caught_up_at FROM offsets WHERE topic = ?")
        update = try connection.prepare(
            """
            UPDATE offsets SET next_offset = ?1, caught_up_at = ?2
            WHERE topic = ?3 AND partition = ?4 AND next_offset = ?5
            """)
    }

    /// Makes the rows of new partitions and reads all.
    func positions(of topic: String, partitions count: Int) throws -> [TopicPartition: ViewPosition] {
        for partition in 0..<Int64(count) {
            insert.bind(1, topic)
            insert.bind(2, partition)
            try insert.run()
        }
        var positions: [TopicPartition: ViewPosition] = [:]
        select.bind(1, topic)
        try select.forEachRow { row in
            positions[TopicPartition(topic, Int32(truncatingIfNeeded: row.integer(0)))] = ViewPosition(
                nextOffset: row.integer(1), caughtUpAt: Timestamp(milliseconds: row.integer(2)))
        }
        return positions
    }

    /// - Throws: `ViewError.fenced` if the row is not where it is expected to be.
    func write(_ move: ViewMove) throws {
        update.bind(1, move.position.nextOffset)
        update.bind(2, move.position.caughtUpAt.milliseconds)
        update.bind(3, move.partition.topic)
        update.bind(4, Int64(move.partition.partition))
        update.bind(5, move.expected)
        try update.run()
        guard connection.changes == 1 else { throw ViewError.fenced(move) }
    }
}
