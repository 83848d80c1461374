internal import Invalidations
internal import Replays
internal import Synchronization

/// The newest orders that this gateway itself has stored: a view is behind them for a moment.
final class RecentOrders: Sendable {
    /// An order can have a megabyte.
    private static let countMax = 64

    private let orders = Mutex(BoundedTable<String, RunOrder>(capacity: countMax))

    func add(_ order: RunOrder, run id: String) {
        orders.withLock { $0.insert(id, order) }
    }

    /// - Parameter run: what the view says; nil where it says nothing.
    /// - Returns: the run with its newest order; nil where neither knows it.
    func complete(_ run: RunTable.Run?, _ id: String) -> RunTable.Run? {
        var table = RunTable()
        if let order = run?.order { table.fold(.order(id, order)) }
        if let state = run?.state { table.fold(.state(id, state)) }
        if let order = orders.withLock({ $0[id] }) { table.fold(.order(id, order)) }
        return table.runs[id]
    }
}
