public import Invalidations
public import Storage

/// The writing side of a status view: folds batches of progress into the rows, each in one transaction
/// together with the offsets it came from.
///
/// A batch that fails is taken back whole and may be applied again. Not `Sendable`: the projector's thread owns it.
public final class ViewWriter {
    private let connection: Connection
    private let table: RequestTable
    private let writer: RequestWriter
    private let offsets: OffsetTable
    private let updateCount: Statement
    private let selectExpired: Statement
    private var countChanges: [RequestStatus: Int64] = [:]

    /// Opens the view's file and brings it to today's schema.
    ///
    /// - Parameter topic: the topic whose offsets the view keeps.
    /// - Throws: `StorageError`
    public init(path: String, topic: String, options: Connection.Options = Connection.Options()) throws {
        connection = try Connection(path: path, access: .write, options: options)
        try connection.migrate(to: ViewSchema.current)
        table = try RequestTable(connection)
        writer = try RequestWriter(connection, table)
        offsets = try OffsetTable(connection, topic: topic)
        updateCount = try connection.prepare("UPDATE counts SET requests = requests + ? WHERE status = ?")
        selectExpired = try connection.prepare(
            """
            SELECT id FROM requests WHERE status = ?1 AND requested_at < ?2 AND updated_at < ?2
            ORDER BY requested_at LIMIT ?3
            """)
    }

    /// Makes the rows of partitions 0..<count where they are missing.
    ///
    /// - Returns: by partition, the offset to read next: 0 for a partition never read.
    /// - Throws: `ViewError.fewerPartitions`, `StorageError`
    public func open(partitions count: Int) throws -> [Int32: Int64] {
        try connection.transaction { try offsets.open(partitions: count) }
        return nextOffsets
    }

    /// By partition, the offset to read next.
    public var nextOffsets: [Int32: Int64] { offsets.positions.mapValues(\.nextOffset) }

    /// 0 for a partition never read.
    public func nextOffset(of partition: Int32) -> Int64 { offsets.positions[partition]?.nextOffset ?? 0 }

    /// Whether there was a time for each partition at which everything it held had been folded.
    public var hasCaughtUp: Bool { offsets.positions.values.allSatisfy { $0.caughtUpAt.milliseconds > 0 } }

    /// Folds the batch into the view. After an error nothing of it is there.
    ///
    /// - Throws: `ViewError.fenced` if another projector has written to the view; `StorageError`, of which `full`
    ///   and `busy` are worth another try with the same batch.
    public func apply(_ batch: ProjectionBatch) throws {
        guard !batch.isEmpty else { return }
        let moves = offsets.moves(of: batch)
        try transaction {
            // First, so that a fenced projector does no work for nothing.
            for move in moves { try offsets.write(move.partition, from: move.from, to: move.to) }
            for news in batch.records.values { try fold(news) }
        }
        for move in moves { offsets.remember(move.partition, move.to) }
    }

    /// Removes completed and failed requests that nothing was heard of since `horizon`, `max` at most.
    ///
    /// - Returns: how many were removed: if `max`, there may be more.
    /// - Throws: `StorageError`
    public func removeExpired(before horizon: Timestamp, max: Int) throws -> Int {
        try transaction {
            var removed = 0
            for status in RequestStatus.allCases where status.isTerminal {
                let expired = try expired(status, before: horizon, max: max - removed)
                for id in expired { try writer.remove(id) }
                countChanges[status, default: 0] -= Int64(expired.count)
                removed += expired.count
            }
            try table.edgeLists.removeUnused()
            return removed
        }
    }

    /// Copies the log into the file, so that the file alone is the view.
    ///
    /// - Throws: `StorageError.busy` while another connection reads.
    public func checkpoint() throws {
        try connection.checkpoint()
    }

    private func fold(_ news: StatusRecord) throws {
        let old = try table.record(news.id)
        let record = old.map { StatusFold.join($0, news) } ?? news
        guard record != old else { return }
        try writer.write(record, replacing: old)
        guard record.status != old?.status else { return }
        if let old { countChanges[old.status, default: 0] -= 1 }
        countChanges[record.status, default: 0] += 1
    }

    private func expired(_ status: RequestStatus, before horizon: Timestamp, max: Int) throws -> [RequestID] {
        var ids: [RequestID] = []
        selectExpired.bind(1, status.code)
        selectExpired.bind(2, horizon.milliseconds)
        selectExpired.bind(3, Int64(max))
        try selectExpired.forEachRow { row in
            if let key = row.wide(0) { ids.append(RequestID(high: key.high, low: key.low)) }
        }
        return ids
    }

    /// What is kept in memory beside the file holds only if the transaction does.
    private func transaction<R>(_ body: () throws -> R) throws -> R {
        countChanges.removeAll(keepingCapacity: true)
        do {
            return try connection.transaction {
                let result = try body()
                for (status, change) in countChanges where change != 0 {
                    updateCount.bind(1, change)
                    updateCount.bind(2, status.code)
                    try updateCount.run()
                }
                return result
            }
        } catch {
            table.edgeLists.forget()
            throw error
        }
    }
}
