internal import Invalidations
internal import Kafka
internal import Runtime

/// What a projector counts.
struct ProjectorMetrics: Sendable {
    let records: Counter
    let undecodable: Counter
    let failures: Counter
    let removed: Counter
    let lag: Gauge
    let commit: Histogram
    private let sharedIDs: Gauge
    private let foldedAt: Gauge
    private let readUpAt: Gauge
    private let registry: MetricsRegistry

    init(_ registry: MetricsRegistry) {
        self.registry = registry
        records = registry.counter(
            "cachesync_projector_records_total", help: "Records that were folded into the view.")
        undecodable = registry.counter(
            "cachesync_projector_undecodable_total", help: "Records that could not be read.")
        failures = registry.counter(
            "cachesync_projector_failures_total", help: "Transactions and sessions that had to be tried again.")
        removed = registry.counter(
            "cachesync_projector_removed_total", help: "Requests, runs and dead letters removed after their time.")
        lag = registry.gauge(
            "cachesync_projector_lag_records", help: "Records written but not folded, when last asked.")
        sharedIDs = registry.gauge(
            "cachesync_projector_shared_ids",
            help: "Requests since the start whose id another namespace had first; each has a status of its own.")
        commit = registry.histogram(
            "cachesync_projector_transaction_seconds", help: "Time of one transaction of the view.")
        foldedAt = registry.gauge(
            "cachesync_projector_caught_up_timestamp_seconds",
            help: "Time whose records are all folded into the view; 0 before there is one.")
        readUpAt = registry.gauge(
            "cachesync_worker_caught_up_timestamp_seconds",
            help: "Time whose publications workers have all finished or deferred, as the projector sees it.")
    }

    func folded(upTo time: Timestamp) { foldedAt.set(Double(time.milliseconds) / 1_000) }

    func shared(_ count: Int) { sharedIDs.set(Double(count)) }

    func readUp(upTo time: Timestamp) { readUpAt.set(Double(time.milliseconds) / 1_000) }

    /// Of the workers' group, by topic.
    func tellLag(ends: [TopicPartition: Int64], committed: [TopicPartition: Int64], of topics: [String]) {
        var lags = Dictionary(topics.map { ($0, Int64(0)) }) { $1 }
        for (partition, end) in ends {
            let (sum, overflow) = lags[partition.topic, default: 0].addingReportingOverflow(
                max(0, end - max(0, committed[partition] ?? 0)))
            lags[partition.topic] = overflow ? .max : sum
        }
        for (topic, lag) in lags {
            registry.gauge(
                "cachesync_consumer_lag_records", help: "Records that workers have not finished, when last asked.",
                labels: ["topic": topic]
            ).set(Double(lag))
        }
    }
}
