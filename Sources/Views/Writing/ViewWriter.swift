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
        /// Minutes from the first time up to the last are counted, others no more: even those far ahead, of a clock
        /// that is wrong.
        public var minutes: ClosedRange<Timestamp>

        public init(
            ended: Timestamp, endedReplays: Timestamp, silent: Timestamp, runs: Timestamp,
            minutes: ClosedRange<Timestamp>
        ) {
            (self.ended, self.endedReplays, self.silent, self.runs) = (ended, endedReplays, silent, runs)
            self.minutes = minutes
        }

        func horizon(of code: StatusCode) -> Timestamp {
            guard code.status.isTerminal else { return silent }
            return code.isReplay ? endedReplays : ended
        }
    }

    private let store: any ViewStore
    /// As this process knows them: what a write expects to find.
    private var positions: [TopicPartition: ViewPosition] = [:]
    /// Requests published under an id that another namespace had first.
    public private(set) var sharedIDs = 0

    /// Opens the view and brings it to today's schema.
    ///
    /// - Parameter options: of a file.
    /// - Throws: `StorageError`: `locked` while another projector writes to the same schema of PostgreSQL.
    public init(_ location: ViewLocation, options: Connection.Options = Connection.Options()) throws {
        switch location {
        case .file(let path): store = try SQLiteViewStore(path: path, options: options)
        case .postgres(let address, let schema): store = try PostgresViewStore(address, schema: schema)
        }
    }

    /// Of a file.
    public convenience init(path: String, options: Connection.Options = Connection.Options()) throws {
        try self.init(.file(path), options: options)
    }

    /// False once the view's connection was lost: it is not known then whether the last batch is in the view.
    public var isUsable: Bool { store.isUsable }

    /// Makes the rows of partitions 0..<count of each topic where they are missing.
    ///
    /// - Returns: by partition, the offset to read next: 0 for a partition never read.
    /// - Throws: `ViewError.fewerPartitions`, `StorageError`
    public func open(_ counts: [String: Int]) throws -> [TopicPartition: Int64] {
        positions = try store.transaction {
            var positions: [TopicPartition: ViewPosition] = [:]
            for (topic, count) in counts.sorted(by: { $0.key < $1.key }) {
                let found = try store.positions(of: topic, partitions: count)
                guard found.count == count else {
                    throw ViewError.fewerPartitions(topic: topic, known: found.count, found: count)
                }
                positions.merge(found) { $1 }
            }
            return positions
        }
        return nextOffsets
    }

    /// By partition, the offset to read next.
    public var nextOffsets: [TopicPartition: Int64] { positions.mapValues(\.nextOffset) }

    /// 0 for a partition never read.
    public func nextOffset(of partition: TopicPartition) -> Int64 { positions[partition]?.nextOffset ?? 0 }

    /// The time whose records are all folded once the batch is; nil while there is none.
    public func caughtUp(with batch: ProjectionBatch) -> Timestamp? {
        let times = positions.map { partition, position in
            max(position.caughtUpAt, batch.caughtUp[partition] ?? position.caughtUpAt)
        }
        guard let earliest = times.min(), earliest.milliseconds > 0 else { return nil }
        return earliest
    }

    /// Whether there was a time for each partition at which everything it held had been folded.
    public var hasCaughtUp: Bool { positions.values.allSatisfy { $0.caughtUpAt.milliseconds > 0 } }

    /// Folds the batch into the view. After an error nothing of it is there.
    ///
    /// - Throws: `ViewError.fenced` if another projector has written to the view; `StorageError`, of which `full`
    ///   and `busy` are worth another try with the same batch.
    public func apply(_ batch: ProjectionBatch) throws {
        guard !batch.isEmpty else { return }
        let moves = moves(of: batch)
        let shared = try store.transaction { try fold(batch, moves) }
        for move in moves { positions[move.partition] = move.position }
        sharedIDs += shared
    }

    /// Removes requests and runs that nothing was heard of for long, and counts of minutes, `max` of each at most.
    ///
    /// - Returns: how many were removed: if `max` or more, there may be more.
    /// - Throws: `StorageError`
    public func removeExpired(before horizons: Horizons, max: Int) throws -> Int {
        try store.transaction {
            var expired: [RequestIdentity] = []
            var changes: [RequestStatus: Int64] = [:]
            for code in StatusCode.all {
                let found = try store.expired(code, before: horizons.horizon(of: code), max: max - expired.count)
                if !code.isReplay { changes[code.status, default: 0] -= Int64(found.count) }
                expired += found
            }
            try store.remove(expired)
            try store.add(toCounts: changes)
            let runs = try store.removeRuns(overBefore: horizons.runs, max: max)
            // It looks at all of them: once for all that there is to remove.
            if expired.count < max, runs < max { try store.removeRunEdges(before: horizons.runs, max: max) }
            return expired.count + runs + (try removeMinutes(outside: horizons.minutes, max: max))
        }
    }

    private func removeMinutes(outside times: ClosedRange<Timestamp>, max: Int) throws -> Int {
        let first = MinuteTally.number(of: times.lowerBound)
        let last = MinuteTally.number(of: times.upperBound)
        let removed = try store.removeMinutes(from: .min, to: first, max: max)
        guard removed < max else { return removed }
        return try removed + store.removeMinutes(from: last + 1, to: .max, max: max - removed)
    }

    /// Removes dead letters that their topic has removed, `max` at most.
    ///
    /// - Parameter beginnings: by partition, the first offset that the topic of dead letters still has.
    /// - Returns: how many were removed: if `max`, there may be more.
    /// - Throws: `StorageError`
    public func removeDeadLetters(below beginnings: [Int32: Int64], max: Int) throws -> Int {
        try store.transaction {
            var removed = 0
            for (partition, offset) in beginnings where removed < max {
                removed += try store.removeDeadLetters(partition, below: offset, max: max - removed)
            }
            return removed
        }
    }

    /// Copies the log of a file into it, so that the file alone is the view.
    ///
    /// - Throws: `StorageError.busy` while another connection reads.
    public func checkpoint() throws {
        try store.checkpoint()
    }

    /// What the batch moves, from where to where. Positions never go back.
    private func moves(of batch: ProjectionBatch) -> [ViewMove] {
        Set(batch.nextOffsets.keys).union(batch.caughtUp.keys).map { partition in
            guard let old = positions[partition] else {
                preconditionFailure("\(partition) was not opened")
            }
            let new = ViewPosition(
                nextOffset: max(old.nextOffset, batch.nextOffsets[partition] ?? 0),
                caughtUpAt: max(old.caughtUpAt, batch.caughtUp[partition] ?? old.caughtUpAt))
            return ViewMove(partition: partition, expected: old.nextOffset, position: new)
        }
    }

    /// - Returns: how many requests have come under an id that another namespace had first.
    private func fold(_ batch: ProjectionBatch, _ moves: [ViewMove]) throws -> Int {
        // In the order of the tables: rows that stand together are read and written one behind another.
        let others = Set(batch.deadLetters.lazy.compactMap(\.identity)).filter { batch.records[$0] == nil }
        let identities = (Array(batch.records.keys) + others).sorted { a, b in
            a.id != b.id ? a.id < b.id : a.namespace.name < b.namespace.name
        }
        let loaded = try store.load(identities, runs: Array(batch.runs.runs.keys), moving: moves)
        let fold = BatchFold(batch, identities, loaded)
        let related = try store.loadRelated(deadLettersOf: fold.concerned, namesakesOf: fold.newcomers)
        try store.store(fold.changes)
        try store.add(toCounts: fold.countChanges)
        try store.add(toMinutes: fold.minuteChanges)
        try store.add(toRuns: fold.runChanges)
        try store.update(fold.deadLettersChanged(of: related))
        try store.add(fold.newDeadLetters)
        try store.discard(batch.discards)
        try store.store(fold.runs)
        return fold.countShared(related)
    }
}
