internal import Invalidations

/// Which of the configured edges a request must reach.
struct TargetEdges: Sendable {
    private let profiles: [EdgeProfile]

    init(_ profiles: [EdgeProfile]) {
        self.profiles = profiles
    }

    /// The edges that serve the namespace: those that take part in purges of those kinds of selectors wait, the others
    /// are skipped; none where nobody takes part.
    private func edges(namespace: Namespace, kinds: SelectorKinds) -> [Progress.Edge] {
        let serving = profiles.filter { $0.serves(namespace) }
        guard serving.contains(where: { $0.isTarget(of: kinds) }) else { return [] }
        return serving.prefix(Limits.edges).map { Progress.Edge($0.name, $0.isTarget(of: kinds) ? .queued : .skipped) }
    }

    /// The first snapshot of a request: every target edge waits.
    func queued(_ request: HandedOut, source: String) -> Progress {
        Progress(
            id: request.id, namespace: request.namespace, requestedAt: request.requestedAt, at: request.requestedAt,
            source: source,
            edges: edges(namespace: request.namespace, kinds: request.kinds))
    }
}
