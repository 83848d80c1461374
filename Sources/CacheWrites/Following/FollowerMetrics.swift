internal import Runtime

/// What a follower counts.
struct FollowerMetrics: Sendable {
    let flushes: [FlushOutcome: Counter]
    let rows: Counter
    let coalesced: Counter
    let dead: Counter
    let lost: Counter
    let failures: Counter
    let flushTime: Histogram

    enum FlushOutcome: String, CaseIterable {
        case written
        case refused
        case unavailable
        case fenced
    }

    init(_ registry: MetricsRegistry) {
        flushes = Dictionary(
            uniqueKeysWithValues: FlushOutcome.allCases.map { outcome in
                let counter = registry.counter(
                    "cachesync_cache_flush_total", help: "Batches of writes for the database, by what became of them.",
                    labels: ["result": outcome.rawValue])
                return (outcome, counter)
            })
        rows = registry.counter("cachesync_cache_flushed_rows_total", help: "Rows that the database has taken.")
        coalesced = registry.counter(
            "cachesync_cache_coalesced_total",
            help: "Writes that the database did not need: a newer one of their key came before the flush.")
        dead = registry.counter("cachesync_cache_dead_total", help: "Writes and records that went to the dead topic.")
        lost = registry.counter(
            "cachesync_cache_lost_total",
            help: "Offsets of the writes topic that were removed before they were flushed.")
        failures = registry.counter(
            "cachesync_cache_follower_failures_total", help: "Sessions of the follower that had to begin again.")
        flushTime = registry.histogram(
            "cachesync_cache_flush_seconds", help: "How long the database takes for a batch that it writes.")
    }

    /// Gauges that ask for their values when they are read.
    static func addGauges(_ registry: MetricsRegistry, _ state: @escaping @Sendable () -> WriteState) {
        registry.gauge("cachesync_cache_dirty", help: "Keys that the database still needs.") {
            Double(state().dirty)
        }
        registry.gauge("cachesync_cache_dirty_bytes", help: "Memory of the writes that the database still needs.") {
            Double(state().dirtyBytes)
        }
        registry.gauge("cachesync_cache_dirty_oldest_seconds", help: "How long the oldest of them has waited.") {
            Double(state().oldest / .seconds(1))
        }
        registry.gauge("cachesync_cache_owned_partitions", help: "Partitions that this process owns.") {
            Double(state().owned.count)
        }
    }
}
