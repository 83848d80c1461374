internal import Caches
internal import Runtime

/// What is counted of the disk behind a cache.
struct DiskMetrics: Sendable {
    private let hits: Counter
    private let misses: Counter
    let failures: Counter
    let damagedRows: Counter

    init(_ registry: MetricsRegistry) {
        func reads(_ result: String) -> Counter {
            registry.counter(
                "cachesync_cache_disk_reads_total", help: "Reads of the cache's disk, by what they came to.",
                labels: ["result": result])
        }
        (hits, misses, failures) = (reads("hit"), reads("miss"), reads("failed"))
        damagedRows = registry.counter(
            "cachesync_cache_disk_damaged_rows_total",
            help: "Rows of the cache's disk that were dropped because they were not what was written.")
    }

    func read(isHit: Bool) { (isHit ? hits : misses).increment() }

    /// Figures that are asked for when somebody reads the metrics.
    static func addGauges(to registry: MetricsRegistry, _ disk: DiskTier) {
        registry.gauge("cachesync_cache_disk_up", help: "Whether the cache has its disk.") { [weak disk] in
            disk?.problem == nil ? 1 : 0
        }
        registry.gauge(
            "cachesync_cache_bytes", help: "Memory that the cache takes, its tables included.",
            labels: ["tier": "disk"]
        ) { [weak disk] in Double(disk?.byteCount ?? 0) }
        registry.gauge("cachesync_cache_disk_queue", help: "Changes that the cache's disk does not have yet.") {
            [weak disk] in Double(disk?.queue.count ?? 0)
        }
        registry.gauge(
            "cachesync_cache_disk_shed", help: "Entries that were not stored because the disk could not follow."
        ) { [weak disk] in Double(disk?.queue.shedCount ?? 0) }
    }
}
