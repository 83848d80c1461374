/// Dead letter: a request that an edge will not get, with what operators need to decide about it.
public struct DeadLetter: Hashable, Sendable {
    public enum Class: String, Hashable, Sendable {
        /// The record is no request.
        case undecodable
        /// No edge serves the request's namespace.
        case unroutable
        /// An edge will never take it.
        case permanent
        /// All attempts failed.
        case exhausted
    }

    public struct FailedEdge: Hashable, Sendable {
        public var edge: String
        public var attempts: Int
        public var failure: PurgeFailure

        public init(edge: String, attempts: Int, failure: PurgeFailure) {
            self.edge = edge
            self.attempts = attempts
            self.failure = failure
        }
    }

    public var deadClass: Class
    /// Of the record on an invalidation topic that it began with.
    public var position: RecordPosition
    public var original: OriginalRecord
    /// Absent where the record is no request.
    public var invalidation: Invalidation?
    /// Only the edges that failed.
    public var failedEdges: [FailedEdge]
    /// In a sentence.
    public var reason: String
    public var firstFailedAt: Timestamp
    public var lastFailedAt: Timestamp
    /// Nil for what was never replayed.
    public var replay: Replay? { replayBox?.replay }
    private let replayBox: ReplayBox?

    public init(
        deadClass: Class, position: RecordPosition, original: OriginalRecord, invalidation: Invalidation?,
        failedEdges: [FailedEdge], reason: String, firstFailedAt: Timestamp, lastFailedAt: Timestamp,
        replay: Replay? = nil
    ) {
        self.deadClass = deadClass
        self.position = position
        self.original = original
        self.invalidation = invalidation
        self.failedEdges = failedEdges
        self.reason = reason
        self.firstFailedAt = firstFailedAt
        self.lastFailedAt = lastFailedAt
        replayBox = replay.map(ReplayBox.init)
    }
}
