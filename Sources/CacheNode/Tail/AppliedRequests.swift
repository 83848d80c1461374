internal import Invalidations
internal import Synchronization

/// Requests that this node has carried out lately.
final class AppliedRequests: Sendable {
    /// A worker that is later asks for what is not known any more, and it is purged once more.
    private static let halfMax = 16_384
    private static let calledMax = 512

    private let brought = Mutex(RecentMap<RequestIdentity, Bool>(halfMax: halfMax))
    private let called = Mutex(RecentMap<RequestIdentity, Selectors>(halfMax: calledMax))

    /// The log has brought it.
    func add(_ request: RequestIdentity) { brought.withLock { $0.set(true, for: request) } }

    /// Whether the log has brought each of them; of none it has not.
    ///
    /// A worker asks for each of them a moment later. What was stored in between is newer than the request, and stays.
    func haveAll(_ requests: [RequestID], of namespace: Namespace) -> Bool {
        guard !requests.isEmpty else { return false }
        return brought.withLock { brought in
            requests.allSatisfy { brought[RequestIdentity(id: $0, namespace: namespace)] != nil }
        }
    }

    /// A client's call does what it asks for, before it is published.
    func call(_ request: RequestIdentity, _ selectors: Selectors) {
        called.withLock { $0.set(selectors, for: request) }
    }

    /// Whether a call has done just that, so that what the log brings is older than what was stored since.
    ///
    /// The id alone does not say it: it is in the hands of clients.
    func wasCalled(_ request: RequestIdentity, _ selectors: Selectors) -> Bool {
        called.withLock { $0.isEmpty ? nil : $0[request] } == selectors
    }
}
