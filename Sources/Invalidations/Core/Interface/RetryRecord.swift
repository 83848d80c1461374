/// Retry record: a request that some edges still have to get, for a retry topic. It goes to the partition of the same
/// number.
public struct RetryRecord: Hashable, Sendable {
    /// The retry topic's number, from 0.
    public var tier: Int
    public var partition: Int32
    public var original: OriginalRecord
    public var invalidation: Invalidation
    public var retry: RetryMetadata

    public init(tier: Int, partition: Int32, original: OriginalRecord, invalidation: Invalidation, retry: RetryMetadata)
    {
        self.tier = tier
        self.partition = partition
        self.original = original
        self.invalidation = invalidation
        self.retry = retry
    }
}

/// Retry metadata: the headers of a retry record. Key and value stay the publisher's.
public struct RetryMetadata: Hashable, Sendable {
    /// One edge, or its second purge, that the request still has to reach.
    public struct Part: Hashable, Sendable {
        public var edge: String
        public var step: PurgeStep
        /// Attempts so far that count.
        public var attempts: Int

        public init(edge: String, step: PurgeStep = .first, attempts: Int = 0) {
            self.edge = edge
            self.step = step
            self.attempts = attempts
        }
    }

    /// The record on an invalidation topic that it all began with. Its offset gives a namespace's order.
    public var origin: RecordPosition
    /// When it was written.
    public var deferredAt: Timestamp
    /// When it comes due.
    public var notBefore: Timestamp
    /// None in a replayed record that all edges get which serve its namespace now.
    public var parts: [Part]
    /// Of the first of the parts, if they differ.
    public var reason: DeferReason
    public var firstFailedAt: Timestamp?
    public var lastFailure: PurgeFailure?
    /// Whose failure that is: the part's name. Records of older releases do not say.
    public var lastFailedEdge: String?
    /// Nil for what was never replayed.
    public var replay: Replay? {
        get { replayBox?.replay }
        set { replayBox = newValue.map(ReplayBox.init) }
    }
    private var replayBox: ReplayBox?

    /// The last failure, if it is that of the part: a record keeps one for all of them.
    func failure(of part: Part) -> PurgeFailure? {
        guard let edge = lastFailedEdge else { return part.attempts > 0 ? lastFailure : nil }
        return edge == part.step.name(of: part.edge) ? lastFailure : nil
    }

    public init(
        origin: RecordPosition, deferredAt: Timestamp, notBefore: Timestamp, parts: [Part], reason: DeferReason,
        firstFailedAt: Timestamp? = nil, lastFailure: PurgeFailure? = nil, lastFailedEdge: String? = nil,
        replay: Replay? = nil
    ) {
        self.origin = origin
        self.deferredAt = deferredAt
        self.notBefore = notBefore
        self.parts = parts
        self.reason = reason
        self.firstFailedAt = firstFailedAt
        self.lastFailure = lastFailure
        self.lastFailedEdge = lastFailedEdge
        replayBox = replay.map(ReplayBox.init)
    }
}

/// Why a part of a request leaves the main path.
public enum DeferReason: String, Hashable, Sendable, CaseIterable {
    /// The attempts of one retry round are used up.
    case failed
    /// The edge's circuit breaker is open.
    case breaker
    /// The lane, or the edge's share of the worker, is full.
    case overflow
    /// An earlier request of a strict namespace, or an inner cache, has not got it yet.
    case order
    /// It held back the offsets, or the capacity, of everything behind it.
    case blocking
    /// The time for a second purge has not come.
    case repeatPurge = "again"
    /// It stood in the way of an edge's backlog that is being caught up.
    case scan
    /// It was replayed or redriven: its time has come at once.
    case replay
    /// Its publisher gave a time before which no purge for it may start.
    case scheduled

    /// What the part waits for, for people; nil where it has failed.
    var wait: String? {
        switch self {
        case .failed: nil
        case .breaker: "waits until the edge is back: its breaker is open"
        case .overflow: "waits until the edge has less to do"
        case .order: "waits for an earlier request of its namespace, or an inner layer"
        case .blocking: "waits because the edge was slow, and others were held up"
        case .repeatPurge: "waits for the time of its second purge"
        case .scan: "waits while what the edge has missed is caught up"
        case .replay: "waits to be replayed"
        case .scheduled: "waits for its own time"
        }
    }

    /// Whether the part could have gone if the edge or its lane had been free: then it need not wait for its time.
    var endsWithRecovery: Bool {
        switch self {
        case .breaker, .overflow, .order, .blocking: true
        case .failed, .repeatPurge, .scan, .replay, .scheduled: false
        }
    }

    /// Whether the edge was well and had only too much to do.
    var waitsForCapacityOnly: Bool { self == .overflow || self == .blocking }
}

/// Which purge of an edge a part stands for.
public enum PurgeStep: String, Hashable, Sendable, CaseIterable {
    case first
    /// The second one, some time after the first was acknowledged: for caches that may fill themselves again
    /// from a neighbour that was not purged yet.
    case second = "again"

    /// How status and headers name the step of an edge.
    public func name(of edge: String) -> String {
        self == .first ? edge : edge + Self.repeatSuffix
    }

    /// The edge and the step that such a name says.
    public static func parse(_ name: some StringProtocol) -> (edge: String, step: PurgeStep) {
        guard name.hasSuffix(repeatSuffix) else { return (String(name), .first) }
        return (String(name.dropLast(repeatSuffix.count)), .second)
    }

    /// No edge's name can end like this: names have no `+`.
    public static let repeatSuffix = "+again"
}
