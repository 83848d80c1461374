public import Invalidations

/// Redrive rule: which dead letters a run takes, and for which edges.
public struct RedriveRule: Sendable {
    public enum Verdict: Hashable, Sendable {
        /// For these edges; none for all that serve the namespace now.
        case redrive(edges: [String])
        case notMatched
        /// It was tried again since, or a try is under way.
        case done
        case quarantined
    }

    private let filter: ReplayFilter
    private let names: Set<String>?
    private let classes: Set<String>?
    private let edges: Set<String>?
    private let releasesQuarantine: Bool

    /// - Throws: `RunError.invalid`
    public init(_ spec: RunSpec) throws(RunError) {
        filter = try spec.filter()
        names = spec.deadLetters.map { Set($0) }
        classes = spec.classes.map { Set($0) }
        edges = spec.edges.map { Set($0) }
        releasesQuarantine = spec.releaseQuarantine ?? false
    }

    /// - Parameters:
    ///   - invalidation: nil where the value cannot be decoded.
    ///   - openness: what the view says of the dead letter.
    public func verdict(
        on deadLetter: DeadLetterEntry, _ invalidation: Invalidation?, openness: DeadLetterOpenness
    ) -> Verdict {
        guard matches(deadLetter, invalidation) else { return .notMatched }
        let open = openness.edges.filter(isWanted)
        guard deadLetter.edges.isEmpty ? openness.isOpen : !open.isEmpty else { return .done }
        return deadLetter.isQuarantined && !releasesQuarantine ? .quarantined : .redrive(edges: open)
    }

    /// - Parameter name: of an edge or of its second purge.
    private func isWanted(_ name: String) -> Bool {
        edges?.contains(PurgeStep.parse(name).edge) ?? true
    }

    /// What the headers say, whatever the value is.
    public func matchesHeaders(of deadLetter: DeadLetterEntry) -> Bool {
        if let names, !names.contains(deadLetter.name) { return false }
        if let classes, !classes.contains(deadLetter.deadClass) { return false }
        if !deadLetter.edges.isEmpty, !deadLetter.edges.contains(where: isWanted) { return false }
        return true
    }

    public func matches(_ deadLetter: DeadLetterEntry, _ invalidation: Invalidation?) -> Bool {
        guard matchesHeaders(of: deadLetter) else { return false }
        guard let invalidation else {
            // What no worker can read is redriven only where its class, or itself, is named.
            return classes != nil || names != nil
        }
        return filter.matches(invalidation)
    }
}
