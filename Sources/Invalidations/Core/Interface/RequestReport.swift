/// How far one request is, as its worker knows it.
public struct RequestReport: Hashable, Sendable {
    public struct Edge: Hashable, Sendable {
        /// The edge's name, or that of its second purge.
        public var name: String
        public var state: EdgeState
        public var attempts: Int
        public var failure: PurgeFailure?

        public init(name: String, state: EdgeState, attempts: Int, failure: PurgeFailure?) {
            self.name = name
            self.state = state
            self.attempts = attempts
            self.failure = failure
        }
    }

    public var id: RequestID
    public var namespace: Namespace
    public var requestedAt: Timestamp
    public var at: Timestamp
    /// On an invalidation topic, whatever topic it was read from.
    public var origin: RecordPosition
    public var edges: [Edge]
}
