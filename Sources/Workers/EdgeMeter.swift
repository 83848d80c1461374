package import Invalidations
package import Runtime

/// Counts what edges are sent and what they answer, by edge: their names are few, and known from the start.
package final class EdgeMeter {
    private struct Call {
        let edge: Int
        let items: Int
        let since: MonotonicTime
    }

    private var series: [EdgeSeries]
    private let breakers: [EdgeBreaker]
    /// Edges that the loop leaves alone for now, by their index in the configuration.
    private(set) var openBreakers: Set<Int> = []
    /// By the purge's number: one for each that is with an edge.
    private var calls: [PurgeNumber: Call] = [:]

    /// - Parameter breakers: of all loops of the process.
    package init(
        _ registry: MetricsRegistry, _ breakers: EdgeBreakers, edges: [EdgeProfile], accounts: [AccountProfile]
    ) {
        series = edges.map { edge in
            let account = edge.account.flatMap { accounts.indices.contains($0) ? accounts[$0].limits : nil }
            return EdgeSeries(registry, edge: edge.name, [edge.limits, account ?? EdgeLimits()])
        }
        self.breakers = edges.map { breakers.breaker(of: $0.name) }
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

    /// - Parameter figures: by the edges' places.
    func show(_ figures: [EdgeFigures]) {
        for (edge, figures) in zip(series.indices, figures) { series[edge].show(figures) }
    }

    /// Others read what was open.
    func forgetWaiting() {
        for edge in series.indices { series[edge].forgetWaiting() }
    }

    /// - Parameter isOpen: whether the edge is left alone for now.
    package func breaker(_ edge: Int, isOpen: Bool) {
        if isOpen {
            if openBreakers.insert(edge).inserted { breakers[edge].opened() }
        } else if openBreakers.remove(edge) != nil {
            breakers[edge].closed()
        }
    }

    /// A loop that is over leaves no edge alone any more.
    deinit {
        for edge in openBreakers { breakers[edge].closed() }
    }
}

/// The series of one edge, all of them there from the start: what has never been counted is 0, not absent.
private struct EdgeSeries {
    let acknowledged: Counter
    let failed: Counter
    let items: Counter
    let objects: Counter
    let seconds: Histogram
    private var waiting: GaugeShare
    private let oldest: Gauge
    private let sent: [Counter]
    private var shown = SentTotals()

    /// In the order of `sent`.
    private static var units: [(String, KeyPath<EdgeLimits, Rate?>)] {
        [("requests", \.requests), ("items", \.items), ("bytes", \.bytes)]
    }

    /// - Parameter limits: its own, and those that it shares.
    init(_ registry: MetricsRegistry, edge: String, _ limits: [EdgeLimits]) {
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
        waiting = GaugeShare(
            registry.gauge(
                "cachesync_edge_waiting", help: "Parts of requests that wait for the edge in this process.",
                labels: ["edge": edge]))
        oldest = registry.gauge(
            "cachesync_edge_oldest_waiting_timestamp_seconds",
            help: "When the oldest part that waits was to be purged; 0 where none waits.", labels: ["edge": edge])
        sent = Self.units.map { unit, _ in
            registry.counter(
                "cachesync_edge_sent_total", help: "What the edge was sent, in the units of its limits.",
                labels: ["edge": edge, "unit": unit])
        }
        for (unit, rate) in Self.units {
            guard let least = limits.compactMap({ $0[keyPath: rate]?.perSecond }).min() else { continue }
            registry.gauge(
                "cachesync_edge_limit_per_second",
                help: "What all workers together may send the edge, by its own limits and those it shares.",
                labels: ["edge": edge, "unit": unit]
            ).set(least)
        }
    }

    mutating func show(_ figures: EdgeFigures) {
        waiting.set(figures.waiting)
        oldest.set(figures.oldest.map { Double($0.milliseconds) / 1_000 } ?? 0)
        let (now, before) = (figures.sent, shown)
        let news = [now.requests &- before.requests, now.items &- before.items, now.bytes &- before.bytes]
        for (counter, count) in zip(sent, news) where count > 0 { counter.increment(by: count) }
        shown = now
    }

    mutating func forgetWaiting() {
        waiting.set(0)
        oldest.set(0)
    }
}
