internal import Invalidations

/// Folds progress into the rows of a view, as the real projector does, but in memory.
struct Projector {
    private(set) var rows: [RequestIdentity: StatusRecord] = [:]

    mutating func fold(_ progress: Progress) {
        rows[progress.identity] = StatusFold.apply(progress, to: rows[progress.identity])
    }
}
