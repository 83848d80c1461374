package import Edges
package import Invalidations

/// Purges batches at edges. The HTTP engine stands behind it, or simulated edges.
package protocol PurgeCalls: AnyObject {
    /// Called once for each batch that was submitted, never from within `submit`. `rest`: how long the edge asks to be
    /// left alone although nothing failed.
    var onOutcome: ((_ id: UInt64, _ outcome: PurgeOutcome, _ rest: Duration?) -> Void)? { get set }
    /// Called once for each `check`, never from within it.
    var onChecked: ((_ edge: Int, _ check: EdgeCheck) -> Void)? { get set }
    func submit(id: UInt64, edge: Int, batch: PurgeBatch)
    /// Asks the edge to purge a marker of each kind that it accepts.
    func check(edge: Int)
    /// Ends every batch now. Checks are not answered.
    func cancelAll()
}

extension PurgeEngine: PurgeCalls {}
