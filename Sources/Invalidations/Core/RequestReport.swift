/// How far one request is, as its worker knows it.
public struct RequestReport: Hashable, Sendable {
    public struct Edge: Hashable, Sendable {
        public var edge: Int
        public var state: EdgeState
        public var attempts: Int
        public var failure: PurgeFailure?
    }

    public var id: RequestID
    public var namespace: Namespace
    public var requestedAt: Timestamp
    public var at: Timestamp
    public var position: RecordPosition
    public var edges: [Edge]
}
