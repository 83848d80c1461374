public import Runtime

/// What a worker counts. Labels are fixed: never a namespace, never a URL.
public struct WorkerMetrics: Sendable {
    let recordsRead: Counter
    let purges: Counter
    let deadLetters: Counter
    let openRecords: Gauge

    public init(_ registry: MetricsRegistry) {
        recordsRead = registry.counter(
            "cachesync_worker_records_total", help: "Records read from the invalidation topics")
        purges = registry.counter(
            "cachesync_worker_purges_total", help: "Batches sent to edges, repeated ones included")
        deadLetters = registry.counter("cachesync_worker_dead_letters_total", help: "Requests that became dead letters")
        openRecords = registry.gauge("cachesync_worker_open_records", help: "Records in work")
    }
}
