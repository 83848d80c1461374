internal import Invalidations

/// Folds progress into rows in memory, as the real projector does on disk.
struct Projector {
    private(set) var rows: [RequestIdentity: StatusRecord] = [:]

    mutating func fold(_ progress: Progress) {
        rows[progress.identity] = StatusFold.apply(progress, to: rows[progress.identity])
    }
}
