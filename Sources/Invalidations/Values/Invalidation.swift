/// How a cache forgets: `soft` marks content stale (it may serve it while it fetches anew),
/// `hard` removes it. Hard is the stronger: it does all that soft does.
public enum PurgeMode: String, Sendable, CaseIterable {
    case soft
    case hard
}

/// Which of the three invalidation topics a request travels on.
public enum Priority: String, Sendable, CaseIterable {
    case high
    case normal
    case low
}

/// One request to forget, as publishers send it: the value of a record on an invalidation topic.
public struct Invalidation: Hashable, Sendable {
    public var id: RequestID
    /// Whose content it is; also the record's key, so that a namespace has one order.
    public var namespace: Namespace
    public var selectors: Selectors
    public var mode: PurgeMode
    public var priority: Priority
    public var requestedAt: Timestamp
    /// What its record gives as `requestedAt`, where that is too far from the record's own time, which stands instead.
    public var implausibleTime: Timestamp?
    /// No purge for it may start before: what it is about is consistent only then.
    public var notBefore: Timestamp?
    /// After this time the purge would be useless.
    public var expiresAt: Timestamp?
    /// Who asked, in the publisher's own words.
    public var source: String?
    /// Instead of selectors: the earlier request of the same namespace that is called off where it is not done yet.
    public var cancels: RequestID?

    public init(
        id: RequestID, namespace: Namespace, selectors: Selectors, mode: PurgeMode = .hard,
        priority: Priority = .normal, requestedAt: Timestamp, notBefore: Timestamp? = nil, expiresAt: Timestamp? = nil,
        source: String? = nil, cancels: RequestID? = nil
    ) {
        self.id = id
        self.namespace = namespace
        self.selectors = selectors
        self.mode = mode
        self.priority = priority
        self.requestedAt = requestedAt
        self.notBefore = notBefore
        self.expiresAt = expiresAt
        self.source = source
        self.cancels = cancels
    }

    /// From when on a purge counts for it, and its age is counted: when it was made, or the later time that it says.
    public var effectiveAt: Timestamp { notBefore.map { max(requestedAt, $0) } ?? requestedAt }

    /// What decides which edges it concerns: a cancellation concerns all that serve the namespace.
    public var kinds: SelectorKinds { cancels == nil ? selectors.kinds : .all }
}
