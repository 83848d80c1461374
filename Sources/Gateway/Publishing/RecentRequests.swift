internal import Invalidations
internal import Synchronization

/// Remembers the last requests that this gateway has published, until the view tells of them.
final class RecentRequests: Sendable {
    private let table: Mutex<BoundedTable<RequestID, StatusRecord>>

    init(countMax: Int) {
        table = Mutex(BoundedTable(capacity: countMax))
    }

    func add(_ record: StatusRecord) {
        table.withLock { $0.insert(record.id, record) }
    }

    /// Forgets a request that a view has told of: what is remembered here would say less than was said before.
    func forget(_ identity: RequestIdentity) {
        table.withLock { table in
            if table[identity.id]?.identity == identity { table.remove(identity.id) }
        }
    }

    /// - Parameter namespace: whose request is meant; nil for any.
    func find(_ id: RequestID, in namespace: Namespace?) -> StatusRecord? {
        table.withLock { $0[id] }.flatMap { namespace == nil || $0.namespace == namespace ? $0 : nil }
    }
}
