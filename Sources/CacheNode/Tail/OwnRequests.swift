internal import Caches
internal import Invalidations
internal import Synchronization

/// Requests that writes of this node have published, until the log brings them back.
///
/// Each spares the entry that its own call has stored, which is newer than what the request means.
final class OwnRequests: Sendable {
    private static let halfMax = 1_024

    private let entries = Mutex(RecentMap<RequestIdentity, SparedEntry>(halfMax: halfMax))

    func add(_ id: RequestID, _ namespace: Namespace, _ entry: SparedEntry) {
        entries.withLock { $0.set(entry, for: RequestIdentity(id: id, namespace: namespace)) }
    }

    /// - Returns: what the request leaves; nil for a request of others. A request that comes twice leaves it twice.
    func spared(_ id: RequestID, _ namespace: Namespace) -> SparedEntry? {
        entries.withLock { $0.isEmpty ? nil : $0[RequestIdentity(id: id, namespace: namespace)] }
    }
}
