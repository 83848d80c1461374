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
        let first: [UInt8]?
    }

    private let main: HTTPCalls
    private let probe: CacheProbe
    private let metrics: RolloutMetrics
    private let count = Atomic(0)

    init(_ main: HTTPCalls, _ probe: CacheProbe, _ metrics: RolloutMetrics) {
        (self.main, self.probe, self.metrics) = (main, probe, metrics)
    }

    /// - Parameter answer: of the main API; nil where it has nothing.
    func begin(
        _ namespace: Namespace, _ key: CacheKey, _ origin: OriginConfiguration, _ counts: RolloutCounts,
        _ answer: [UInt8]?
    ) {
        let subject = Subject(namespace: namespace, key: key, origin: origin, counts: counts, first: answer)
        guard count.wrappingAdd(1, ordering: .relaxed).newValue <= Self.countMax else {
            return end(subject, .shed)
        }
        probe.read(namespace, key) { [self] finding, time in
            guard case .value(let value) = finding else {
                counts.cacheAnswered(in: time, hasFailed: true)
                return end(subject, .failed)
            }
            counts.cacheAnswered(in: time, hasFailed: false)
            guard origin.comparison.difference(answer, value?.bytes) != nil else { return end(subject, .equal) }
            askMain(subject)
        }
    }

    private func askMain(_ subject: Subject) {
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
                guard let pointer = subject.origin.comparison.difference(second, value?.bytes) else {
                    return end(subject, .late)
                }
                func head(_ bytes: [UInt8]?) -> [UInt8] { Array((bytes ?? []).prefix(RolloutCounts.Sample.bytesMax)) }
                end(
                    subject, .different,
                    RolloutCounts.Sample(
                        key: subject.key, at: .now(), pointer: pointer, main: head(second), cache: head(value?.bytes)))
            }
        }
    }

    private func end(_ subject: Subject, _ result: RolloutCounts.Comparison, _ sample: RolloutCounts.Sample? = nil) {
        count.subtract(1, ordering: .relaxed)
        metrics.compared(result)
        subject.counts.compared(result, sample)
    }
}
