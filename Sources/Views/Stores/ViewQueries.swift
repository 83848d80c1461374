internal import Invalidations
internal import Replays
internal import Storage

/// What a view's readers ask. Each question is answered from one state of the view.
///
/// How answers are judged, and which pages lists have, is decided by `ViewReader` alone. All calls throw
/// `StorageError`; after one the queries are not used any more.
protocol ViewQueries: AnyObject {
    /// Differs from an earlier answer if the view has changed since.
    func version() throws -> ViewVersion
    func watermark() throws -> Timestamp?
    func watermarks() throws -> [PartitionWatermark]
    func counts() throws -> [RequestStatus: Int]
    /// Those from the first up to the one before the end, the newest first: a day of them at most.
    ///
    /// - Parameter namespace: nil for all together.
    func minutes(of namespace: Namespace?, from first: Int64, to end: Int64) throws -> MinutePage
    /// The sums of those minutes by namespace, the largest first.
    func namespaces(from first: Int64, to end: Int64, max: Int) throws -> NamespaceList

    /// - Parameters:
    ///   - namespace: whose request is meant besides those of any.
    ///   - max: how many of any namespace, those first that were heard of first.
    func find(_ id: RequestID, in namespace: Namespace?, max: Int) throws -> FoundRequests
    /// - Parameter max: how many of each id, whatever their namespaces.
    func overview(of ids: [RequestID], max: Int) throws -> StatusOverview
    /// The latest request of the namespace that was published with that idempotency key.
    func find(key: String, in namespace: Namespace) throws -> StatusRecord?
    /// The newest of each of the query's ranges, `max` of each at most.
    func newest(_ query: StatusQuery, max: Int) throws -> FoundRequests
    /// All, in the order of their ids.
    func forEachRecord(_ body: (StatusRecord) throws -> Void) throws

    func deadLetter(partition: Int32, offset: Int64) throws -> DeadLetterRecord?
    func deadLetterCount(ofRun id: String) throws -> Int64
    /// Reads each of the ranges, newest first, until `body` says that it needs no more of that one.
    ///
    /// - Returns: the watermark.
    func readDeadLetters(
        _ ranges: [DeadLetterRange], _ bounds: DeadLetterBounds,
        while body: (_ range: Int, DeadLetterRecord) -> Bool
    ) throws -> Timestamp?

    func run(_ id: String) throws -> RunTable.Run?
    /// By name.
    func edges(ofRun id: String) throws -> [RunEdge]
    /// - Parameter id: nil for the newest of all.
    func runs(before id: String?, max: Int) throws -> [RunTable.Run]
}

/// What was found of requests, and what else that state of the view says.
struct FoundRequests {
    var records: [StatusRecord]
    /// The one of the namespace that was asked for.
    var ofNamespace: StatusRecord?
    var watermark: Timestamp?
}

/// Dead letters that stand together in an index.
enum DeadLetterRange {
    case openness(Bool)
    case run(String)
    case request(RequestID)
}

/// Where a list of dead letters begins and ends.
struct DeadLetterBounds {
    var since: Int64
    /// Time, partition and offset: only what stands before them, which is older.
    var before: (Int64, Int64, Int64)
}

extension PartitionWatermark {
    /// - Parameter row: of topic, partition, next offset, and when all was folded.
    init(_ row: some DatabaseRow) {
        self.init(
            topic: row.text(0), partition: Int32(truncatingIfNeeded: row.integer(1)), nextOffset: row.integer(2),
            caughtUpAt: row.optionalTime(3))
    }
}
