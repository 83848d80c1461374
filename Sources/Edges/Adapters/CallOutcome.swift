public import Invalidations

/// What came of one call.
public enum CallOutcome: Hashable, Sendable {
    /// Done; with how many objects it hit, where the edge says so.
    case acknowledged(objects: Int?)
    /// Done: there was nothing to purge.
    case absent
    case failed(PurgeFailure, Reach)

    /// How far a failure is likely to reach.
    public enum Reach: Hashable, Sendable {
        /// The edge answered: about this call alone, the next may fare better.
        case call
        /// The edge did not answer: maybe this call, maybe the edge.
        case silence
        /// The next call would meet the same.
        case edge
    }

    static func item(_ message: String, status: Int? = nil) -> CallOutcome {
        .failed(PurgeFailure(.permanentItem, message, status: status), .call)
    }

    static func target(_ message: String, status: Int? = nil, reach: Reach = .call) -> CallOutcome {
        .failed(PurgeFailure(.permanentTarget, message, status: status), reach)
    }
}
