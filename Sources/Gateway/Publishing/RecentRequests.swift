internal import Invalidations
internal import Synchronization

/// Remembers the last requests that this gateway has published, while no view may know them.
final class RecentRequests: Sendable {
    private let table: Mutex<BoundedTable<RequestID, StatusRecord>>

    init(countMax: Int) {
        table = Mutex(BoundedTable(capacity: countMax))
    }

    func add(_ record: StatusRecord) {
        table.withLock { $0.insert(record.id, record) }
    }

    /// - Parameter namespace: whose request is meant; nil for any.
    func find(_ id: RequestID, in namespace: Namespace?) -> StatusRecord? {
        table.withLock { $0[id] }.flatMap { namespace == nil || $0.namespace == namespace ? $0 : nil }
    }
}
