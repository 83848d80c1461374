internal import Caches
internal import HTTP
internal import Invalidations
internal import Runtime
internal import Synchronization

/// Compares the cache with the main API, after the client has its answer.
///
/// Where they differ both are asked once more a second later. A main API that disagrees with itself says nothing of the
/// cache, and a cache that agrees by then was late.
final class ShadowComparison: Sendable {
    /// Comparisons under way; more are shed.
    private static let countMax = 64

    private struct Subject: Sendable {
        let namespace: Namespace
        let key: CacheKey
        let origin: OriginConfiguration
        let counts: RolloutCounts
        /// Of the main API.
        let first: [UInt8]?
        /// The cache has answered, so it may have newer values than the main API.
        var isSample = false
    }

    private let main: HTTPCalls
    private let probe: CacheProbe
    private let metrics: RolloutMetrics
    private let isQueued: @Sendable (Namespace, CacheKey) -> Bool
    private let count = Atomic(0)

    /// - Parameter isQueued: whether a key has a write that the main API cannot have yet.
    init(
        _ main: HTTPCalls, _ probe: CacheProbe, _ metrics: RolloutMetrics,
        isQueued: @escaping @Sendable (Namespace, CacheKey) -> Bool
    ) {
        (self.main, self.probe, self.metrics, self.isQueued) = (main, probe, metrics, isQueued)
    }

    /// - Parameter answer: of the main API; nil where it has nothing.
    func begin(
        _ namespace: Namespace, _ key: CacheKey, _ origin: OriginConfiguration, _ counts: RolloutCounts,
        _ answer: [UInt8]?
    ) {
        let subject = Subject(namespace: namespace, key: key, origin: origin, counts: counts, first: answer)
        if isAdmitted(subject) { compare(subject) }
    }

    /// Compares what the cache has answered, behind the client's back. Keys whose writes wait are left out.
    func sample(_ namespace: Namespace, _ key: CacheKey, _ origin: OriginConfiguration, _ counts: RolloutCounts) {
        guard !isQueued(namespace, key), let request = origin.fetchRequest(namespace, key) else { return }
        @Sendable func subject(_ first: [UInt8]?) -> Subject {
            Subject(namespace: namespace, key: key, origin: origin, counts: counts, first: first, isSample: true)
        }
        guard isAdmitted(subject(nil)) else { return }
        main.send(request) { [self] result, _ in
            guard let value = MainAnswer(result).value else { return end(subject(nil), .failed) }
            compare(subject(value))
        }
    }

    private func isAdmitted(_ subject: Subject) -> Bool {
        guard count.wrappingAdd(1, ordering: .relaxed).newValue > Self.countMax else { return true }
        end(subject, .shed)
        return false
    }

    private func compare(_ subject: Subject) {
        probe.read(subject.namespace, subject.key) { [self] finding, time in
            var value: CacheValue??
            if case .value(let found) = finding { value = found }
            // A client's call was counted already.
            if !subject.isSample { subject.counts.cacheAnswered(in: time, hasFailed: value == nil) }
            guard let value else { return end(subject, .failed) }
            let cached = value?.expanded()
            guard subject.origin.comparison.difference(subject.first, cached) != nil else {
                return end(subject, .equal)
            }
            if subject.isSample, isQueued(subject.namespace, subject.key) { return end(subject, .late) }
            askMain(subject, cached)
        }
    }

    /// - Parameter earlier: what the cache had.
    private func askMain(_ subject: Subject, _ earlier: [UInt8]?) {
        guard let request = subject.origin.fetchRequest(subject.namespace, subject.key) else {
            return end(subject, .failed)
        }
        main.send(request, isLater: true) { [self] result, _ in
            guard let second = MainAnswer(result).value else { return end(subject, .failed) }
            guard subject.origin.comparison.difference(subject.first, second) == nil else {
                return end(subject, .noise)
            }
            probe.read(subject.namespace, subject.key) { [self] finding, _ in
                guard case .value(let value) = finding else { return end(subject, .failed) }
                let cached = value?.expanded()
                guard let pointer = subject.origin.comparison.difference(second, cached) else {
                    return end(subject, .late)
                }
                // Written meanwhile: the main API was asked before it could have that.
                if subject.isSample, cached != earlier { return end(subject, .late) }
                func head(_ bytes: [UInt8]?) -> [UInt8] { Array((bytes ?? []).prefix(RolloutCounts.Sample.bytesMax)) }
                end(
                    subject, .different,
                    RolloutCounts.Sample(
                        key: subject.key, at: .now(), pointer: pointer, main: head(second), cache: head(cached)))
            }
        }
    }

    private func end(_ subject: Subject, _ result: RolloutCounts.Comparison, _ sample: RolloutCounts.Sample? = nil) {
        count.subtract(1, ordering: .relaxed)
        metrics.compared(result)
        subject.counts.compared(result, sample)
    }
}
