/// Settlement: how an edge's part of a request ends, as far as this retry round goes.
package enum Settlement {
    case purged
    /// Another purge did the work.
    case coalesced
    case expired
    case cancelled
    case dead(PurgeFailure)
    case deferred(DeferReason)

    package var state: EdgeState { Target.Ending(self).state }

    package var deferReason: DeferReason? {
        if case .deferred(let reason) = self { return reason }
        return nil
    }
}
