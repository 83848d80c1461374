/// How a batch ended, in the terms that decisions are made in.
public enum PurgeOutcome: Hashable, Sendable {
    /// The edge acknowledged every item, and counted no objects.
    case acknowledged
    /// One entry for every item of the batch, in its order.
    case each([ItemOutcome])

    public subscript(item: Int) -> ItemOutcome {
        switch self {
        case .acknowledged: .acknowledged(objects: nil)
        case .each(let outcomes): outcomes[item]
        }
    }
}

public enum ItemOutcome: Hashable, Sendable {
    /// With the objects that the edge says it purged for this item alone: 0 where it held none, nil where it says
    /// nothing.
    case acknowledged(objects: Int?)
    case failed(PurgeFailure)
}

/// Why an edge has not acknowledged a purge.
public struct PurgeFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Class: String, Hashable, Sendable, CaseIterable {
        /// The edge may take the same purge a moment later.
        case transient
        /// The edge takes no more for now.
        case throttled
        /// As many purges as the provider allows are in progress: it takes more when some of them are done.
        case quota
        /// The edge will never take this item; others it may.
        case permanentItem
        /// The edge will take nothing until somebody changes something: wrong credentials, wrong address.
        case permanentTarget
        /// The purge was sent and its answer never came. Purges are idempotent: send it again.
        case unknown
    }

    public var failureClass: Class
    /// For people; no secrets, at most 512 bytes.
    public var message: String
    /// The edge's HTTP status, where it answered.
    public var status: Int?
    /// How long the edge asks to be left alone.
    public var retryAfter: Duration?
    /// The kinds of selectors that the failed calls carried; empty where that is not known.
    public var kinds: SelectorKinds
    /// Whether the failed call carried other requests of the batch, too: then the failure may be theirs.
    public var isShared: Bool

    public init(
        _ failureClass: Class, _ message: String, status: Int? = nil, retryAfter: Duration? = nil,
        kinds: SelectorKinds = [], isShared: Bool = true
    ) {
        self.failureClass = failureClass
        self.kinds = kinds
        self.isShared = isShared
        self.message = message.utf8.count <= 512 ? message : String(message.prefix(160)) + "…"
        self.status = status
        self.retryAfter = retryAfter
    }

    public var description: String { "\(failureClass.rawValue): \(message)" }

    public var isPermanent: Bool { failureClass == .permanentItem || failureClass == .permanentTarget }
}

/// Edge check: the answers of an edge to purges of markers that no cache holds, one for each kind of selectors. They
/// show whether the edge works, whatever the requests it failed were.
public struct EdgeCheck: Hashable, Sendable {
    public struct Answer: Hashable, Sendable {
        public var kinds: SelectorKinds
        /// Nil when the edge acknowledged the marker.
        public var failure: PurgeFailure?

        public init(_ kinds: SelectorKinds, failure: PurgeFailure? = nil) {
            self.kinds = kinds
            self.failure = failure
        }
    }

    /// One for each marker that was sent. Empty where the adapter knows none: then the edge counts as well.
    public var answers: [Answer]

    public init(answers: [Answer]) {
        self.answers = answers
    }
}
