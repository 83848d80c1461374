internal import Runtime

/// What a bridge counts, by the name of its mapping.
struct BridgeMetrics: Sendable {
    struct Events: Sendable {
        let published: Counter
        let passedOver: Counter
        let refused: Counter
    }

    let failures: Counter
    let outstanding: Gauge
    /// In the order of the mappings.
    let events: [Events]

    init(_ registry: MetricsRegistry, mappings names: [String]) {
        failures = registry.counter(
            "cachesync_bridge_failures_total", help: "Sessions of the bridge that had to begin again.")
        outstanding = registry.gauge(
            "cachesync_bridge_outstanding_requests", help: "Requests of bridges that Kafka has not acknowledged yet.")
        events = names.map { name in
            func counter(_ outcome: String) -> Counter {
                registry.counter(
                    "cachesync_bridge_events_total", help: "Events of foreign topics, by what became of them.",
                    labels: ["bridge": name, "outcome": outcome])
            }
            return Events(
                published: counter("published"), passedOver: counter("passed_over"), refused: counter("refused"))
        }
    }
}
