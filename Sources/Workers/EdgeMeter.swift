import Invalidations
import Runtime

/// Counts what edges are sent and what they answer, by edge: their names are few, and known from the start.
final class EdgeMeter {
    private struct Call {
        let edge: Int
        let items: Int
        let since: MonotonicTime
    }

    private let series: [EdgeSeries]
    /// By the purge's number: one for each that is with an edge.
    private var calls: [PurgeNumber: Call] = [:]

    init(_ registry: MetricsRegistry, edges: [String]) {
        series = edges.map { EdgeSeries(registry, edge: $0) }
    }

    func began(_ number: PurgeNumber, edge: Int, items: Int) {
        calls[number] = Call(edge: edge, items: items, since: .now())
    }

    func ended(_ number: PurgeNumber, _ outcome: PurgeOutcome) {
        guard let call = calls.removeValue(forKey: number) else { return }
        let edge = series[call.edge]
        edge.seconds.observe(.now() - call.since)
        edge.items.increment(by: UInt64(call.items))
        switch outcome {
        case .acknowledged: edge.acknowledged.increment()
        case .each(let outcomes):
            var (failed, objects) = (false, 0)
            // What a cache says is no number to trust.
            for case .acknowledged(let count?) in outcomes { objects += min(max(count, 0), 1 << 32) }
            for case .failed in outcomes { failed = true }
            (failed ? edge.failed : edge.acknowledged).increment()
            if objects > 0 { edge.objects.increment(by: UInt64(objects)) }
        }
    }

    /// - Parameter isOpen: whether the edge is left alone for now.
    func breaker(_ edge: Int, isOpen: Bool) { series[edge].breaker.set(isOpen ? 2 : 0) }
}

/// The series of one edge, all of them there from the start: what has never been counted is 0, not absent.
private struct EdgeSeries {
    let acknowledged: Counter
    let failed: Counter
    let items: Counter
    let objects: Counter
    let seconds: Histogram
    let breaker: Gauge

    init(_ registry: MetricsRegistry, edge: String) {
        func purges(_ outcome: String) -> Counter {
            registry.counter(
                "cachesync_edge_purges_total", help: "Batches that edges answered; failed if one item of them failed.",
                labels: ["edge": edge, "outcome": outcome])
        }
        acknowledged = purges("acknowledged")
        failed = purges("failed")
        items = registry.counter(
            "cachesync_edge_items_total", help: "Selectors in the batches that edges answered.", labels: ["edge": edge])
        objects = registry.counter(
            "cachesync_edge_objects_total", help: "Objects that edges say they purged.", labels: ["edge": edge])
        seconds = registry.histogram(
            "cachesync_edge_purge_duration_seconds", help: "Time from sending a batch to its answer.",
            labels: ["edge": edge])
        breaker = registry.gauge(
            "cachesync_edge_breaker_state", help: "2 while the edge is left alone after failures, otherwise 0.",
            labels: ["edge": edge])
    }
}
