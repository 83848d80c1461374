/// How an edge ended, in the words that people are told: a purge of which the edge says that it found nothing is told
/// apart from one that found something, or of which it does not say.
public enum EdgeOutcome: String, Hashable, Sendable, CaseIterable {
    case cancelled
    case expired
    case dead
    case absorbed
    case accepted
    case purged
    case verified
    case skipped
    /// The purge was acknowledged, and the edge had nothing to purge.
    case absent
}

extension StatusRecord.Cell {
    /// Nil until the edge has ended.
    public var outcome: EdgeOutcome? {
        switch state {
        case .queued, .sending, .deferred: nil
        case .cancelled: .cancelled
        case .expired: .expired
        case .dead: .dead
        case .absorbed: .absorbed
        case .accepted: .accepted
        case .purged: objects == 0 ? .absent : .purged
        case .verified: objects == 0 ? .absent : .verified
        case .skipped: .skipped
        }
    }
}
