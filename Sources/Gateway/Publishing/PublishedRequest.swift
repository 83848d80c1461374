internal import Invalidations

/// What the gateway remembers of a request that it has taken: enough to describe it while no view knows it yet.
struct PublishedRequest: Hashable, Sendable {
    let id: RequestID
    let namespace: Namespace
    let kinds: SelectorKinds
    let requestedAt: Timestamp
    /// When the gateway took it, which may be later than its publisher says that it was made.
    let takenAt: Timestamp
}

extension PublishedRequest {
    init(_ invalidation: Invalidation, takenAt: Timestamp = .now()) {
        self.init(
            id: invalidation.id, namespace: invalidation.namespace, kinds: invalidation.kinds,
            requestedAt: invalidation.requestedAt, takenAt: takenAt)
    }
}
