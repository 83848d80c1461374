internal import Runtime

/// What a cache node counts of mirrors and of loads in advance.
final class HotKeyMetrics: Sendable {
    let mirrorReads: Counter
    let warmed: Counter
    private let kept: Counter
    private let refused: Counter

    init(_ registry: MetricsRegistry) {
        mirrorReads = registry.counter(
            "cachesync_cache_mirror_reads_total", help: "Reads of keys of other nodes that a mirror has answered.")
        warmed = registry.counter(
            "cachesync_cache_warmed_total", help: "Loads that began behind an invalidation before anybody asked.")
        func mirrors(_ outcome: String) -> Counter {
            registry.counter(
                "cachesync_cache_mirrors_total", help: "Mirrors of entries of other nodes, by what became of them.",
                labels: ["outcome": outcome])
        }
        (kept, refused) = (mirrors("kept"), mirrors("refused"))
    }

    /// The owner's entry has become a mirror, or was not fit for one.
    func mirrored(isKept: Bool) { (isKept ? kept : refused).increment() }
}
