internal import Caches
internal import Runtime

/// What a cache node counts.
final class CacheMetrics: Sendable {
    /// What a read came to.
    enum ReadResult: String, CaseIterable {
        case hit, stale, miss, negative
        /// What the origin brought was invalidated meanwhile: answered to those who had come before.
        case overtaken
        /// The node is not in step with the log, so it does not look.
        case bypass
    }

    enum CallKind: String, CaseIterable {
        case get, set, delete, invalidate, batch, purge, other
    }

    private let reads: [ReadResult: Counter]
    private let calls: [CallKind: Counter]
    private let refusals: Counter
    private let hitTime: Histogram
    private let ghostHits: Counter
    let applied: Counter
    let unreadable: Counter
    let invalidated: Counter
    private let left: [(count: @Sendable (ShardCounts) -> Int, counter: Counter)]
    private let voidLeases: Counter
    let collapsed: Counter
    /// Invalidations that came with a write, by whether Kafka has them.
    let published: Counter
    let unpublished: Counter
    let producersReplaced: Counter
    private let forwardedCalls: Counter
    private let failedForwards: Counter
    let hotKeys: HotKeyMetrics
    private let loads: [(count: @Sendable (ShardCounts) -> Int, counter: Counter)]

    /// A power of two.
    private static let hitsPerSample: Int64 = 64
    /// Seconds from 50 microseconds to 50 milliseconds.
    private static let hitBuckets = [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05]

    private static let loadResults: [(String, @Sendable (ShardCounts) -> Int)] = [
        ("started", { $0.loads }), ("stored", { $0.storedLoads }), ("absent", { $0.absentLoads }),
        ("failed", { $0.failedLoads }), ("overtaken", { $0.overtaken }),
    ]

    init(_ registry: MetricsRegistry) {
        reads = Dictionary(
            uniqueKeysWithValues: ReadResult.allCases.map { result in
                let counter = registry.counter(
                    "cachesync_cache_requests_total", help: "Reads of the cache, by what they came to.",
                    labels: ["result": result.rawValue])
                return (result, counter)
            })
        calls = Dictionary(
            uniqueKeysWithValues: CallKind.allCases.map { kind in
                let counter = registry.counter(
                    "cachesync_cache_calls_total", help: "Calls of the cache that were answered, by kind.",
                    labels: ["call": kind.rawValue])
                return (kind, counter)
            })
        refusals = registry.counter(
            "cachesync_cache_call_errors_total",
            help: "Calls of the cache that were answered with 400 or above, but for misses.")
        hitTime = registry.histogram(
            "cachesync_cache_hit_seconds",
            help: "How long the node works on a hit until its answer can be sent: of one hit in \(Self.hitsPerSample).",
            buckets: Self.hitBuckets)
        ghostHits = registry.counter(
            "cachesync_cache_ghost_hits_total", help: "Entries that came back soon after memory had no space for them.")
        applied = registry.counter(
            "cachesync_cache_log_applied_total", help: "Requests of the log that were applied to the cache.")
        unreadable = registry.counter(
            "cachesync_cache_log_unreadable_total", help: "Records of the log that no request could be read from.")
        invalidated = registry.counter(
            "cachesync_cache_invalidated_total", help: "Entries that invalidations have removed or marked stale.")
        let reasons: [(String, @Sendable (ShardCounts) -> Int)] = [
            ("memory", { $0.evicted }), ("quota", { $0.overQuota }), ("expired", { $0.expired }),
            ("too_large", { $0.tooLarge }),
        ]
        left = reasons.map { reason, count in
            let counter = registry.counter(
                "cachesync_cache_evictions_total", help: "Entries that left the cache or were not kept, by reason.",
                labels: ["reason": reason])
            return (count, counter)
        }
        collapsed = registry.counter(
            "cachesync_cache_collapsed_total", help: "Reads that another one's load has answered.")
        loads = Self.loadResults.map { result, count in
            let counter = registry.counter(
                "cachesync_cache_loads_total", help: "Loads from origins, and what became of some.",
                labels: ["result": result])
            return (count, counter)
        }
        func publications(_ outcome: String) -> Counter {
            registry.counter(
                "cachesync_cache_publications_total",
                help: "Invalidations that came with a write, by what became of them.", labels: ["outcome": outcome])
        }
        (published, unpublished) = (publications("accepted"), publications("failed"))
        producersReplaced = registry.counter(
            "cachesync_cache_producers_replaced_total", help: "Kafka producers replaced after a fatal error.")
        func forwards(_ outcome: String) -> Counter {
            registry.counter(
                "cachesync_cache_forwarded_total",
                help: "Calls for keys of other nodes that were forwarded, by what became of them.",
                labels: ["outcome": outcome])
        }
        hotKeys = HotKeyMetrics(registry)
        (forwardedCalls, failedForwards) = (forwards("answered"), forwards("failed"))
        voidLeases = registry.counter(
            "cachesync_cache_lease_refused_total", help: "Values that came with a lease that was void.")
    }

    func read(_ result: ReadResult) { reads[result]?.increment() }

    /// Observes some hits. The last bits of a time in nanoseconds choose them as well as a random number would.
    ///
    /// - Parameter start: when the node began with the read.
    @inline(__always)
    func hit(since start: CacheTime) {
        if start.nanoseconds & (Self.hitsPerSample - 1) == 0 { hitTime.observe(CacheTime.now().since(start)) }
    }

    /// The owner of a key was asked.
    func forwarded(isAnswered: Bool) { (isAnswered ? forwardedCalls : failedForwards).increment() }

    func answered(_ kind: CallKind, status: Int) {
        calls[kind]?.increment()
        if status >= 400, status != 404 { refusals.increment() }
    }

    /// Adds what the store has counted since.
    func add(_ counts: ShardCounts, since earlier: ShardCounts) {
        for (count, counter) in left + loads { counter.increment(by: UInt64(max(0, count(counts) - count(earlier)))) }
        voidLeases.increment(by: UInt64(max(0, counts.leasesRefused - earlier.leasesRefused)))
        ghostHits.increment(by: UInt64(max(0, counts.ghostHits - earlier.ghostHits)))
    }

    /// Figures that are asked for when somebody reads the metrics.
    static func addGauges(to registry: MetricsRegistry, _ service: CacheService) {
        registry.gauge("cachesync_cache_limit_bytes", help: "Memory that the cache may take.") {
            Double(service.store.limit + (service.mirrors?.limit ?? 0))
        }
        registry.gauge(
            "cachesync_cache_bytes", help: "Memory that the cache takes, its tables included.",
            labels: ["tier": "memory"]
        ) { [weak service] in Double(service?.store.byteCount ?? 0) }
        registry.gauge(
            "cachesync_cache_compression_saved_bytes", help: "Memory that compression saves at this moment."
        ) { [weak service] in Double(service?.store.savedBytes ?? 0) }
        if let mirrors = service.mirrors {
            registry.gauge(
                "cachesync_cache_bytes", help: "Memory that the cache takes, its tables included.",
                labels: ["tier": "mirror"]
            ) { Double(mirrors.byteCount) }
        }
        if let warmings = service.warmings {
            registry.gauge("cachesync_cache_warming_keys", help: "Keys that wait for a load before anybody asks.") {
                Double(warmings.queuedCount)
            }
        }
        registry.gauge("cachesync_cache_entries", help: "Entries of the cache.") { [weak service] in
            Double(service?.store.count ?? 0)
        }
        registry.gauge(
            "cachesync_cache_log_lag_seconds",
            help: "How old the cache's knowledge of the log is; -1 before it has any."
        ) { [weak service] in
            guard let lag = service?.sync.lag(.now()) else { return -1 }
            return Double(lag.components.seconds) + Double(lag.components.attoseconds) * 1e-18
        }
    }
}
