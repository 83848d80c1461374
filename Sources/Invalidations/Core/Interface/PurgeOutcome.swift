/// How a batch ended, in the terms that decisions are made in.
public enum PurgeOutcome: Hashable, Sendable {
    /// The edge acknowledged every item.
    case acknowledged
    /// One entry for every item of the batch, in its order.
    case each([ItemOutcome])

    public subscript(item: Int) -> ItemOutcome {
        switch self {
        case .acknowledged: .acknowledged
        case .each(let outcomes): outcomes[item]
        }
    }
}

public enum ItemOutcome: Hashable, Sendable {
    case acknowledged
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

    public init(_ failureClass: Class, _ message: String, status: Int? = nil, retryAfter: Duration? = nil) {
        self.failureClass = failureClass
        self.message = message.utf8.count <= 512 ? message : String(message.prefix(160)) + "…"
        self.status = status
        self.retryAfter = retryAfter
    }

    public var description: String { "\(failureClass.rawValue): \(message)" }

    public var isPermanent: Bool { failureClass == .permanentItem || failureClass == .permanentTarget }
}
