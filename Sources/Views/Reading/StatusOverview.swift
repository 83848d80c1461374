public import Invalidations

/// What a view says of many ids: enough to tell whose wait may end.
public struct StatusOverview: Sendable {
    struct Found {
        let namespace: Namespace
        let hasEnded: Bool
    }

    var found: [RequestID: [Found]] = [:]
    var watermark: Timestamp?

    /// Whether who waits for the request may hear that it has ended, or that there is none.
    ///
    /// - Parameters:
    ///   - namespace: whose request is meant; nil for any.
    ///   - firstAskedAt: as in `ViewReader.lookup`.
    ///   - isVisible: what is of other namespaces is as if it were not there.
    public func mayBeFinal(
        _ id: RequestID, in namespace: Namespace?, firstAskedAt: Timestamp?, now: Timestamp = .now(),
        isVisible: (Namespace) -> Bool = { _ in true }
    ) -> Bool {
        let visible = (found[id] ?? []).filter { one in
            isVisible(one.namespace) && (namespace.map { $0 == one.namespace } ?? true)
        }
        guard visible.isEmpty else { return visible.contains(where: \.hasEnded) }
        return LookupRule.verdict(on: id, firstAskedAt: firstAskedAt, folded: watermark, now: now) == .unknown
    }

    mutating func add(_ id: RequestID, _ namespace: String, code: Int64) {
        guard let namespace = Namespace(namespace) else { return }
        found[id, default: []].append(Found(namespace: namespace, hasEnded: StatusCode.ended.contains(code)))
    }
}
