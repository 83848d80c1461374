/// What one lane sends at once: the parts of consecutive requests of one namespace, in publish order.
public struct PurgeBatch: Hashable, Sendable {
    public var namespace: Namespace
    public var mode: PurgeMode
    /// One entry a request.
    public var items: [Selectors]

    public init(namespace: Namespace, mode: PurgeMode, items: [Selectors]) {
        self.namespace = namespace
        self.mode = mode
        self.items = items
    }
}
