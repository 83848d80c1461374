internal import Invalidations
internal import Kafka
internal import Storage

/// How far each partition of the view's topics is folded in. Rows are made once and only ever updated.
final class OffsetTable {
    struct Position: Hashable {
        var nextOffset: Int64
        var caughtUpAt: Timestamp
    }

    private let insert: Statement
    private let select: Statement
    private let update: Statement
    private let connection: Connection
    /// As this process knows them: what a write expects to find.
    private(set) var positions: [TopicPartition: Position] = [:]

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
    ///
    /// - Parameter counts: of partitions, by topic.
    func open(_ counts: [String: Int]) throws {
        positions.removeAll()
        for (topic, count) in counts.sorted(by: { $0.key < $1.key }) {
            for partition in 0..<Int64(count) {
                insert.bind(1, topic)
                insert.bind(2, partition)
                try insert.run()
            }
            try read(topic, count)
        }
    }

    private func read(_ topic: String, _ count: Int) throws {
        var known = 0
        select.bind(1, topic)
        try select.forEachRow { row in
            known += 1
            positions[TopicPartition(topic, Int32(truncatingIfNeeded: row.integer(0)))] = Position(
                nextOffset: row.integer(1), caughtUpAt: Timestamp(milliseconds: row.integer(2)))
        }
        guard known == count else { throw ViewError.fewerPartitions(topic: topic, known: known, found: count) }
    }

    /// What the batch moves, from where to where. Positions never go back.
    func moves(of batch: ProjectionBatch) -> [(partition: TopicPartition, from: Int64, to: Position)] {
        Set(batch.nextOffsets.keys).union(batch.caughtUp.keys).map { partition in
            guard let old = positions[partition] else {
                preconditionFailure("\(partition) was not opened")
            }
            let new = Position(
                nextOffset: max(old.nextOffset, batch.nextOffsets[partition] ?? 0),
                caughtUpAt: max(old.caughtUpAt, batch.caughtUp[partition] ?? old.caughtUpAt))
            return (partition, old.nextOffset, new)
        }
    }

    /// - Throws: `ViewError.fenced` if the row is not where this process left it.
    func write(_ partition: TopicPartition, from expected: Int64, to position: Position) throws {
        update.bind(1, position.nextOffset)
        update.bind(2, position.caughtUpAt.milliseconds)
        update.bind(3, partition.topic)
        update.bind(4, Int64(partition.partition))
        update.bind(5, expected)
        try update.run()
        guard connection.changes == 1 else {
            throw ViewError.fenced(
                topic: partition.topic, partition: partition.partition, expected: expected)
        }
    }

    /// After the commit.
    func remember(_ partition: TopicPartition, _ position: Position) {
        positions[partition] = position
    }
}
