internal import HTTP
internal import Invalidations

/// Which of the configured edges a request must reach.
struct TargetEdges: Sendable {
    let profiles: [EdgeProfile]

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

    /// Why a request would reach no edge at all; nil where it reaches one.
    func refusal(of invalidation: Invalidation) -> HTTPResponse? {
        guard !profiles.isEmpty else { return Problems.noEdges }
        let namespace = invalidation.namespace
        let serving = profiles.filter { $0.serves(namespace) }
        guard !serving.isEmpty else {
            return Problems.unserved(namespace, served: Set(profiles.flatMap(\.namespaces).map(\.description)).sorted())
        }
        guard !serving.contains(where: { $0.isTarget(of: invalidation.kinds) }) else { return nil }
        let taken = serving.reduce(into: SelectorKinds()) { $0.formUnion($1.accepts) }
        return Problems.unservedKinds(invalidation.kinds, of: namespace, taken: taken)
    }

    /// The record, with the edges that it must reach where no worker has named them yet.
    func complete(_ record: StatusRecord) -> StatusRecord {
        guard !record.isReported, let publication = record.publication else { return record }
        return record.expecting(edges(namespace: record.namespace, kinds: publication.kinds))
    }
}
