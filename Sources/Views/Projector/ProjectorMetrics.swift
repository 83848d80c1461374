internal import Runtime

/// What a projector counts.
struct ProjectorMetrics {
    let records: Counter
    let undecodable: Counter
    let failures: Counter
    let removed: Counter
    let lag: Gauge
    let commit: Histogram

    init(_ registry: MetricsRegistry) {
        records = registry.counter(
            "cachesync_projector_records_total", help: "Progress records that were folded into the view.")
        undecodable = registry.counter(
            "cachesync_projector_undecodable_total", help: "Progress records that could not be read.")
        failures = registry.counter(
            "cachesync_projector_failures_total", help: "Transactions and sessions that had to be tried again.")
        removed = registry.counter(
            "cachesync_projector_removed_total", help: "Ended requests removed after their time.")
        lag = registry.gauge(
            "cachesync_projector_lag_records", help: "Progress records written but not folded, when last asked.")
        commit = registry.histogram(
            "cachesync_projector_transaction_seconds", help: "Time of one transaction of the view.")
    }
}
