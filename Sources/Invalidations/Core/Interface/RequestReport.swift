/// How far one request is, as its worker knows it.
public struct RequestReport: Hashable, Sendable {
    public struct Edge: Hashable, Sendable {
        /// The edge's name, or that of its second purge.
        public var name: String
        public var state: EdgeState
        public var attempts: Int
        public var failure: PurgeFailure?
        /// What it waits for, where it is deferred and has not failed itself: for people.
        public var wait: String?
        /// Objects that the edge says it purged: 0 where it held none, nil where it does not say.
        public var objects: Int?

        public init(
            name: String, state: EdgeState, attempts: Int, failure: PurgeFailure?, wait: String? = nil,
            objects: Int? = nil
        ) {
            self.wait = wait
            self.objects = objects
            self.name = name
            self.state = state
            self.attempts = attempts
            self.failure = failure
        }
    }

    public var id: RequestID
    /// The number of this try of the whole request; 0 is the publisher's own.
    public var generation: UInt32 = 0
    /// The run that replayed it; nil where nobody has.
    public var run: String?
    public var namespace: Namespace
    public var requestedAt: Timestamp
    public var at: Timestamp
    /// On an invalidation topic, whatever topic it was read from.
    public var origin: RecordPosition
    public var edges: [Edge]
    /// Why the request as a whole has failed: it is in the dead-letter topic, and no edge gets it. Nil if it has not.
    public var failure: RequestFailure?
    /// The request's own, which workers measure its duration from.
    public var notBefore: Timestamp?
}
