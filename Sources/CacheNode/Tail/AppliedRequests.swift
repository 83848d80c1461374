internal import Invalidations
internal import Synchronization

/// Requests that the log has brought lately.
///
/// A worker asks for each of them a moment later. What was stored in between is newer than the request, and stays.
final class AppliedRequests: Sendable {
    /// A worker that is later asks for what is not known any more, and it is purged once more.
    private static let halfMax = 16_384

    private let entries = Mutex(RecentMap<RequestIdentity, Bool>(halfMax: halfMax))

    func add(_ request: RequestIdentity) { entries.withLock { $0.set(true, for: request) } }

    /// Whether the log has brought each of them; of none it has not.
    func haveAll(_ requests: [RequestID], of namespace: Namespace) -> Bool {
        guard !requests.isEmpty else { return false }
        return entries.withLock { entries in
            requests.allSatisfy { entries[RequestIdentity(id: $0, namespace: namespace)] != nil }
        }
    }
}
