import Synchronization

/// All metrics of a process. A metric is made once, kept by who counts, and read here when asked for.
///
/// Asking again for the same name and labels gives the same metric. Label values must come from small fixed sets
/// (edges, outcomes; never URLs or ids): past `seriesMax` all further ones share a series named `overflow`.
public final class MetricsRegistry: Sendable {
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"
    public static let seriesMax = 10_000

    public typealias Labels = KeyValuePairs<String, String>

    private struct State {
        var families: [String: MetricFamily] = [:]
        var seriesCount = 0
    }

    private let state = Mutex(State())

    public init() {}

    /// - Parameter name: ends in `_total` by custom.
    public func counter(_ name: String, help: String, labels: Labels = [:]) -> Counter {
        metric(name, .counter, help, labels) { .counter(Counter()) }.counter!
    }

    public func gauge(_ name: String, help: String, labels: Labels = [:]) -> Gauge {
        metric(name, .gauge, help, labels) { .gauge(Gauge()) }.gauge!
    }

    /// A gauge that is asked for its value when the metrics are read; from any thread, so it must be quick.
    /// Of several with the same name and labels, the first stays.
    public func gauge(_ name: String, help: String, labels: Labels = [:], _ read: @escaping @Sendable () -> Double) {
        _ = metric(name, .gauge, help, labels) { .reading(read) }
    }

    /// - Parameter buckets: ascending upper bounds, without infinity.
    public func histogram(
        _ name: String, help: String, buckets: [Double] = Histogram.latencyBuckets, labels: Labels = [:]
    ) -> Histogram {
        precondition(zip(buckets, buckets.dropFirst()).allSatisfy(<), "the buckets of \(name) do not ascend")
        return metric(name, .histogram, help, labels) { .histogram(Histogram(bounds: buckets)) }.histogram!
    }

    /// Everything in Prometheus' text format, families by name.
    public func exposition() -> String {
        let families = state.withLock { $0.families }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            family.append(to: &text, name: name)
        }
        return text
    }

    private func metric(
        _ name: String, _ kind: MetricFamily.Kind, _ help: String, _ labels: Labels,
        _ make: () -> MetricFamily.Metric
    ) -> MetricFamily.Metric {
        precondition(MetricFamily.isName(name, colons: true), "\(name) is no metric name")
        precondition(labels.allSatisfy { MetricFamily.isName($0.key, colons: false) }, "\(name) has a bad label name")
        return state.withLock { state in
            let isFull = state.seriesCount >= Self.seriesMax
            let shown = MetricFamily.labelText(isFull ? labels.map { ($0.key, "overflow") } : labels.map { $0 })
            let (metric, isNew) = state.families[name, default: MetricFamily(kind: kind, help: help)]
                .metric(kind, name: name, labels: shown, make)
            if isNew { state.seriesCount += 1 }
            return metric
        }
    }
}
