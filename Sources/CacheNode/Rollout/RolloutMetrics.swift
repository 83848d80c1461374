internal import Runtime

/// What a node counts of all rollouts.
final class RolloutMetrics: Sendable {
    private let comparisons: [RolloutCounts.Comparison: Counter]

    init(_ registry: MetricsRegistry) {
        comparisons = Dictionary(
            uniqueKeysWithValues: RolloutCounts.Comparison.allCases.map { result in
                let counter = registry.counter(
                    "cachesync_cache_rollout_compare_total",
                    help: "Answers of main APIs that the cache was compared with, by what came of it.",
                    labels: ["result": result.rawValue])
                return (result, counter)
            })
    }

    func compared(_ result: RolloutCounts.Comparison) { comparisons[result]?.increment() }
}
