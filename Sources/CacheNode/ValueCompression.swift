internal import Caches
internal import Runtime

/// Compresses what memory is to hold. Hits never pay for it, and no lock is held meanwhile.
struct ValueCompression: Sendable {
    /// Smaller values are held as they are; nil for all.
    let bytesMin: Int?
    private let before: Counter
    private let after: Counter

    init(from bytesMin: Int?, _ registry: MetricsRegistry) {
        self.bytesMin = bytesMin
        before = registry.counter(
            "cachesync_cache_compression_input_bytes_total",
            help: "Bytes of values that are held compressed, as their publishers sent them.")
        after = registry.counter(
            "cachesync_cache_compression_output_bytes_total", help: "Bytes of the same values once compressed.")
    }

    /// The value as it is to be held.
    func held(_ value: CacheValue) -> CacheValue {
        guard let bytesMin, value.size >= bytesMin, let smaller = value.compressed() else { return value }
        before.increment(by: UInt64(value.size))
        after.increment(by: UInt64(smaller.held.count))
        return smaller
    }

    /// The same for what a load has brought.
    func held(_ result: LoadResult) -> LoadResult {
        guard case .value(let value, let tags, let lifetime, let origin) = result else { return result }
        return .value(held(value), tags: tags, lifetime: lifetime, origin: origin)
    }
}
