// Copies: of several copies of a retry record one is followed.
extension WorkerCore {
    /// The parts that no other copy of the retry record is followed for.
    mutating func targets(of retry: RetryMetadata, _ parts: [RetryMetadata.Part], _ index: Int) -> [Target] {
        let elsewhere = parts.map { isFollowedElsewhere($0, retry, index) }
        // An outer cache needs the inner ones beside it, to wait for them.
        let isWhole = hasLayers && elsewhere.contains(false)
        var targets: [Target] = []
        for (part, isCovered) in zip(parts, elsewhere) where isWhole || !isCovered {
            let edge = edgeIndices[part.edge]
            if let edge { runtimes[edge].addDelayed() }
            targets.append(.deferred(edge: edge, part, lastFailure: retry.failure(of: part)))
        }
        return targets
    }

    /// Whether another copy is followed for that part: one in hand, or a later one.
    private func isFollowedElsewhere(_ part: RetryMetadata.Part, _ retry: RetryMetadata, _ index: Int) -> Bool {
        if let edge = edgeIndices[part.edge],
            recentRetries.isDone(
                .init(retry.origin, attempt(index), edge: edge, part.step), deferredAt: retry.deferredAt)
        {
            return true
        }
        guard let other = records.followedRetry(of: retry.origin), attempt(other) == attempt(index) else {
            return false
        }
        // A part that the other one has deferred is not in its hands any more: this may be its very copy.
        let name = part.step.name(of: part.edge)
        return records[other].request.targets.contains { $0.stage != .settled && $0.name == name }
    }

    /// A copy that was deferred after another one had ended stands in a line where nobody will end it.
    mutating func clearLines(_ index: Int, _ retry: RetryMetadata) {
        guard !settings.strictNamespaces.isEmpty else { return }
        for part in retry.parts where part.step == .first {
            guard let edge = edgeIndices[part.edge],
                recentRetries.hasEnded(.init(retry.origin, attempt(index), edge: edge, .first)),
                let line = strictLine(index, edge: edge),
                !records[index].request.targets.contains(where: { $0.edge == edge })
            else { continue }
            endInLine(retry.origin.offset, line)
            workOffConsequences()
        }
    }
}
