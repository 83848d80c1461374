internal import Invalidations
internal import Kafka
internal import Replays

/// Where a view's writer keeps its rows: what it asks, and what it has stored.
///
/// What rows mean, and what becomes of them, is decided by `ViewWriter` alone. A store gets and gives the rows of a
/// whole batch at once; it may defer what it is told to store until it is asked something, or until the transaction
/// ends. All calls but `transaction` and `checkpoint` stand within a transaction.
protocol ViewStore: AnyObject {
    /// False once a connection was lost: it is not known then whether the last transaction took effect.
    var isUsable: Bool { get }

    /// Everything that `body` stores is there afterwards or, after an error, nothing of it.
    func transaction<R>(_ body: () throws -> R) throws -> R

    /// Makes the rows of partitions 0..<count of the topic where they are missing.
    ///
    /// - Returns: the rows of all partitions that are known, even of more.
    func positions(of topic: String, partitions count: Int) throws -> [TopicPartition: ViewPosition]
    /// Moves positions, and reads the rows of requests and runs.
    ///
    /// - Throws: `ViewError.fenced` if a position is not where it should be.
    func load(_ identities: [RequestIdentity], runs: [String], moving moves: [ViewMove]) throws -> LoadedRows
    /// Reads what else tells of requests: the dead letters of some, and which of others have an id that a request of
    /// another namespace has, too. It tells of what was stored before.
    func loadRelated(deadLettersOf identities: [RequestIdentity], namesakesOf others: [RequestIdentity]) throws
        -> RelatedRows

    func store(_ changes: [RecordChange]) throws
    /// - Parameter changes: how many more requests, or fewer, are in each status.
    func add(toCounts changes: [RequestStatus: Int64]) throws
    func add(toMinutes changes: [MinuteTally.Minute: MinuteTally.Counts]) throws
    /// - Returns: how many were removed.
    func removeMinutes(from first: Int64, to end: Int64, max: Int) throws -> Int
    func add(toRuns changes: [RunTally.Cell: RunTally.Change]) throws
    /// Removes what edges have done of runs of which none has done anything since: of so many runs at most.
    func removeRunEdges(before horizon: Timestamp, max: Int) throws
    /// Those of that status that nothing was heard of since: the first ones in the order of their lists.
    func expired(_ code: StatusCode, before horizon: Timestamp, max: Int) throws -> [RequestIdentity]
    func remove(_ identities: [RequestIdentity]) throws

    /// One that is there already stays as it is.
    func add(_ deadLetters: [DeadLetterRecord]) throws
    /// Changes whether dead letters that are there are open, and at which edges.
    func update(_ deadLetters: [DeadLetterRecord]) throws
    /// Closes dead letters for good. One that is not there was removed before.
    func discard(_ marks: [DiscardMark]) throws
    /// - Returns: how many were removed.
    func removeDeadLetters(_ partition: Int32, below offset: Int64, max: Int) throws -> Int

    func store(_ runs: [RunTable.Run]) throws
    /// - Returns: how many were removed.
    func removeRuns(overBefore horizon: Timestamp, max: Int) throws -> Int

    /// Brings what is stored into its last form, if there is another: so that a file alone is the view.
    func checkpoint() throws
}

/// How far one partition is folded in.
struct ViewPosition: Hashable {
    var nextOffset: Int64
    /// 0 where there was no time yet at which all that the partition held was folded.
    var caughtUpAt: Timestamp
}

/// Step of one partition's position, from where its row must stand.
struct ViewMove {
    var partition: TopicPartition
    var expected: Int64
    var position: ViewPosition
}

/// Row of a request, and what it replaces.
struct RecordChange {
    var record: StatusRecord
    /// What the row holds now, if there is a row.
    var old: StatusRecord?
}

/// Rows of a batch as they are before it.
struct LoadedRows {
    var records: [RequestIdentity: StatusRecord] = [:]
    var runs: [String: RunTable.Run] = [:]
}

/// What else a view knows of the requests of a batch.
struct RelatedRows {
    /// Those that no run has discarded.
    var deadLetters: [RequestIdentity: [DeadLetterRecord]] = [:]
    var withNamesakes: Set<RequestIdentity> = []
}
