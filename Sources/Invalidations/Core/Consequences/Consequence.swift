/// Consequence: one thing that follows from the end of a part.
enum Consequence {
    /// A request of a strict namespace has ended: the next one of its line may start.
    case startNextStrict(offset: Int64, StrictOrder.Line)
    /// A delayed part may start ahead of its time.
    case start(PartKey)
    /// An edge with a fan-out limit has settled: another edge of the request may be sent to.
    case releaseHeld(PoolKey)
    /// An inner cache was not purged: the caches outside of it must not fill themselves from it.
    case deferOuterLayers(PoolKey, than: Int)
    /// An inner layer may be done: the next one opens after its delay.
    case openNextLayer(PoolKey)
    /// The record may have ended, or may have nothing in work any more.
    case endRecord(PoolKey)
    /// A request of a strict namespace was deferred: no later one of its line may be sent before it.
    case deferLaterRequests(than: Int64, StrictOrder.Line)
    /// Another part settles with the one that settled.
    case settle(PartKey, Settlement)
}

/// Settlement: how an edge's part of a request ends, as far as this retry round goes.
enum Settlement {
    case purged
    /// Another purge did the work.
    case coalesced
    case expired
    case cancelled
    case dead(PurgeFailure)
    case deferred(DeferReason)

    var state: EdgeState {
        switch self {
        case .purged: .purged
        case .coalesced: .absorbed
        case .expired: .expired
        case .cancelled: .cancelled
        case .dead: .dead
        case .deferred: .deferred
        }
    }

    var deferReason: DeferReason? {
        if case .deferred(let reason) = self { return reason }
        return nil
    }
}
