/// What a run does with a record that it has read.
package enum RunDecision<Replayed> {
    case publish(Replayed)
    case notMatched
    /// It is too late for it, as its publisher said.
    case expired
    /// Its edges have it, or another try is under way.
    case done
    /// Later requests have purged all that it names, and such ones are left out.
    case superseded
    /// It was redriven too often.
    case quarantined
}

extension RunState.Counts {
    /// A record was read, and decided about. What is published is counted when it is.
    package mutating func add<Replayed>(_ decision: RunDecision<Replayed>) {
        read += 1
        switch decision {
        case .notMatched: return
        case .publish: break
        case .expired: expired += 1
        case .done: done += 1
        case .superseded: superseded += 1
        case .quarantined: quarantined += 1
        }
        matched += 1
    }
}
