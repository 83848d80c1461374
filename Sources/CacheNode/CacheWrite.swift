internal import Caches
internal import Invalidations

/// One write of a client: a value for a key, or its removal.
struct CacheWrite: Sendable {
    enum Change: Sendable {
        case set(CacheValue, tags: [String], Lifetime)
        case delete
    }

    enum Outcome: Sendable {
        case done
        case tooLarge
        case conditionFailed
        /// Another write came under its Idempotency-Key.
        case keyIsUsed
        /// The lease is over, or something was invalidated since its start.
        case leaseVoid
        case tooManyNamespaces
        /// Too many writes wait for the log or for the database.
        case overloaded(retryAfter: Duration)
        /// This node takes the key over, or nobody is known to have it.
        case restoring
        /// The node at this URL owns the key.
        case elsewhere(String)
        case refused(String)
        /// It is not in the log.
        case notStored(String)
        /// It may be in the log, now or in a moment.
        case unknown(String)

        init(_ outcome: WriteOutcome) {
            switch outcome {
            case .done: self = .done
            case .tooLarge: self = .tooLarge
            case .conditionFailed: self = .conditionFailed
            }
        }

        init(_ end: LeaseEnd) {
            switch end {
            case .stored: self = .done
            case .tooLarge: self = .tooLarge
            case .void: self = .leaseVoid
            }
        }
    }

    let namespace: Namespace
    let key: CacheKey
    let change: Change
    var condition = WriteCondition.none
    /// The right to bring the value that a reader got on a miss.
    var lease: FillToken?
    /// By which it is known when it is sent again.
    var identity: WriteIdentity?
}
