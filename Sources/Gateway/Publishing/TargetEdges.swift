internal import Invalidations

/// Which of the configured edges a request must reach.
struct TargetEdges: Sendable {
    private let profiles: [EdgeProfile]

    init(_ profiles: [EdgeProfile]) {
        self.profiles = profiles
    }

    /// The names of the edges that serve the namespace and take part in purges of those kinds of selectors.
    func names(namespace: Namespace, kinds: SelectorKinds) -> [String] {
        profiles.lazy.filter { $0.serves(namespace) && $0.isTarget(of: kinds) }.prefix(Limits.edges).map(\.name)
    }

    /// The first snapshot of a request: every target edge waits.
    func queued(_ request: HandedOut, source: String) -> Progress {
        Progress(
            id: request.id, namespace: request.namespace, requestedAt: request.requestedAt, at: request.requestedAt,
            source: source,
            edges: names(namespace: request.namespace, kinds: request.kinds).map { Progress.Edge($0, .queued) })
    }
}
