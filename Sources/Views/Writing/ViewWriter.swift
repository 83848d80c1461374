public import Invalidations
public import Kafka
internal import Replays
public import Storage

/// The writing side of a status view: folds batches of its topics into the rows, each in one transaction
/// together with the offsets it came from.
///
/// A batch that fails is taken back whole and may be applied again. Not `Sendable`: the projector's thread owns it.
public final class ViewWriter {
    /// What was heard of for the last time before these times is removed.
    public struct Horizons: Sendable {
        /// Requests that have completed or failed.
        public var ended: Timestamp
        /// Replays' own rows that have completed or failed.
        public var endedReplays: Timestamp
        /// All others: no worker will end them any more.
        public var silent: Timestamp
        /// Runs that are over.
        public var runs: Timestamp

        public init(ended: Timestamp, endedReplays: Timestamp, silent: Timestamp, runs: Timestamp) {
            (self.ended, self.endedReplays, self.silent, self.runs) = (ended, endedReplays, silent, runs)
        }

        func horizon(of code: StatusCode) -> Timestamp {
            guard code.status.isTerminal else { return silent }
            return code.isReplay ? endedReplays : ended
        }
    }

    private let connection: Connection
    private let table: RequestTable
    private let writer: RequestWriter
    private let deadLetters: DeadLetterWriter
    private let runs: RunWriter
    private let offsets: OffsetTable
    private let updateCount: Statement
    private let selectExpired: Statement
    private var countChanges: [RequestStatus: Int64] = [:]
    private var sharedInBatch = 0
    /// Requests published under an id that another namespace had first.
    public private(set) var sharedIDs = 0

    /// Opens the view's file and brings it to today's schema.
    ///
    /// - Throws: `StorageError`
    public init(path: String, options: Connection.Options = Connection.Options()) throws {
        connection = try Connection(path: path, access: .write, options: options)
        try connection.migrate(to: ViewSchema.current)
        table = try RequestTable(connection)
        writer = try RequestWriter(connection, table)
        deadLetters = try DeadLetterWriter(connection)
        runs = try RunWriter(connection)
        offsets = try OffsetTable(connection)
        updateCount = try connection.prepare("UPDATE counts SET requests = requests + ? WHERE status = ?")
        // Nothing is listed later than it was heard of for the last time, so the index finds all.
        selectExpired = try connection.prepare(
            """
            SELECT id, namespace FROM requests WHERE status = ?1 AND listed_at < ?2 AND updated_at < ?2
            ORDER BY listed_at LIMIT ?3
            """)
    }

    /// Makes the rows of partitions 0..<count of each topic where they are missing.
    ///
    /// - Returns: by partition, the offset to read next: 0 for a partition never read.
    /// - Throws: `ViewError.fewerPartitions`, `StorageError`
    public func open(_ counts: [String: Int]) throws -> [TopicPartition: Int64] {
        try connection.transaction { try offsets.open(counts) }
        return nextOffsets
    }

    /// By partition, the offset to read next.
    public var nextOffsets: [TopicPartition: Int64] { offsets.positions.mapValues(\.nextOffset) }

    /// 0 for a partition never read.
    public func nextOffset(of partition: TopicPartition) -> Int64 { offsets.positions[partition]?.nextOffset ?? 0 }

    /// The time whose records are all folded once the batch is; nil while there is none.
    public func caughtUp(with batch: ProjectionBatch) -> Timestamp? {
        let times = offsets.positions.map { partition, position in
            max(position.caughtUpAt, batch.caughtUp[partition] ?? position.caughtUpAt)
        }
        guard let earliest = times.min(), earliest.milliseconds > 0 else { return nil }
        return earliest
    }

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
            for deadLetter in batch.deadLetters {
                let status = try deadLetter.identity.flatMap { try table.record($0) }
                try deadLetters.add(deadLetter, deadLetter.openness(by: status))
            }
            for discard in batch.discards { try deadLetters.apply(discard) }
            for run in batch.runs.runs.values { try runs.fold(run) }
        }
        for move in moves { offsets.remember(move.partition, move.to) }
        sharedIDs += sharedInBatch
    }

    /// Removes requests and runs that nothing was heard of for long, `max` of each at most.
    ///
    /// - Returns: how many were removed: if `max` or more, there may be more.
    /// - Throws: `StorageError`
    public func removeExpired(before horizons: Horizons, max: Int) throws -> Int {
        try transaction {
            var removed = 0
            for code in StatusCode.all {
                let expired = try expired(code, before: horizons.horizon(of: code), max: max - removed)
                for identity in expired { try writer.remove(identity) }
                if !code.isReplay { countChanges[code.status, default: 0] -= Int64(expired.count) }
                removed += expired.count
            }
            try table.edgeLists.removeUnused()
            return removed + (try runs.removeOver(before: horizons.runs.milliseconds, max: max))
        }
    }

    /// Removes dead letters that their topic has removed, `max` at most.
    ///
    /// - Parameter beginnings: by partition, the first offset that the topic of dead letters still has.
    /// - Returns: how many were removed: if `max`, there may be more.
    /// - Throws: `StorageError`
    public func removeDeadLetters(below beginnings: [Int32: Int64], max: Int) throws -> Int {
        try transaction {
            var removed = 0
            for (partition, offset) in beginnings where removed < max {
                removed += try deadLetters.remove(partition, below: offset, max: max - removed)
            }
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
        let old = try table.record(news.identity)
        let record = old.map { StatusFold.join($0, news) } ?? news
        guard record != old else { return }
        if old == nil, record.publication != nil, try table.isShared(record.identity) { sharedInBatch += 1 }
        try writer.write(record, replacing: old)
        if DeadLetterConcern.isGiven(by: record, replacing: old) { try deadLetters.follow(record) }
        guard record.statusCode != old?.statusCode else { return }
        if let old, old.run == nil { countChanges[old.status, default: 0] -= 1 }
        if record.run == nil { countChanges[record.status, default: 0] += 1 }
    }

    private func expired(
        _ code: StatusCode, before horizon: Timestamp, max: Int
    ) throws -> [RequestIdentity] {
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

    /// What is kept in memory beside the file holds only if the transaction does.
    private func transaction<R>(_ body: () throws -> R) throws -> R {
        countChanges.removeAll(keepingCapacity: true)
        sharedInBatch = 0
        do {
            return try connection.transaction {
                let result = try body()
                for (status, change) in countChanges where change != 0 {
                    updateCount.bind(1, change)
                    updateCount.bind(2, StatusCode(status: status).code)
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
