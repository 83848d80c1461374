internal import Invalidations
package import Runtime
internal import Synchronization

/// Breakers of edges as a process tells of them: each loop has its own, and metrics have one for all.
package final class EdgeBreakers: Sendable {
    private let registry: MetricsRegistry
    private let breakers = Mutex<[String: EdgeBreaker]>([:])

    package init(_ registry: MetricsRegistry) { self.registry = registry }

    func breaker(of edge: String) -> EdgeBreaker {
        breakers.withLock { breakers in
            if let known = breakers[edge] { return known }
            let new = EdgeBreaker(registry, edge: edge)
            breakers[edge] = new
            return new
        }
    }
}

/// Breaker of one edge: open while a loop leaves the edge alone.
final class EdgeBreaker: Sendable {
    private let state: Gauge
    private let openings: Counter
    private let openedAt: Gauge
    /// How many loops leave it alone.
    private let open = Mutex(0)

    init(_ registry: MetricsRegistry, edge: String) {
        state = registry.gauge(
            "cachesync_edge_breaker_state", help: "2 while the edge is left alone after failures, otherwise 0.",
            labels: ["edge": edge])
        openings = registry.counter(
            "cachesync_edge_breaker_openings_total", help: "How often the edge was left alone after failures.",
            labels: ["edge": edge])
        openedAt = registry.gauge(
            "cachesync_edge_breaker_opened_timestamp_seconds",
            help: "When the edge was left alone last; 0 where it never was.", labels: ["edge": edge])
    }

    func opened() {
        open.withLock { open in
            open += 1
            guard open == 1 else { return }
            state.set(2)
            openings.increment()
            openedAt.set(Double(Timestamp.now().milliseconds) / 1_000)
        }
    }

    func closed() {
        open.withLock { open in
            open -= 1
            if open == 0 { state.set(0) }
        }
    }
}
