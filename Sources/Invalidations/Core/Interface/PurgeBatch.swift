/// What one lane sends at once: the parts of consecutive requests of one namespace, in publish order.
public struct PurgeBatch: Hashable, Sendable {
    public var namespace: Namespace
    public var mode: PurgeMode
    /// One entry a request.
    public var items: [Selectors]
    /// The requests that it is made of, for an edge that reads the log itself: what it has applied of them, it need not
    /// purge once more.
    ///
    /// Empty for other edges, and where one of them is not in the log as it stands: replayed, redriven, deferred,
    /// scheduled, or purged for the second time.
    public var requests: [RequestID] = []
    /// Of more an edge is not told.
    public static let requestsMax = 512

    public init(namespace: Namespace, mode: PurgeMode, items: [Selectors]) {
        self.namespace = namespace
        self.mode = mode
        self.items = items
    }
}
