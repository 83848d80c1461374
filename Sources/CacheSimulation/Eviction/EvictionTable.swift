internal import Caches

/// Hit ratios of the policies on all traces, as rows of a table.
package enum EvictionTable {
    package struct Row: Sendable {
        package let trace: String
        /// The limit as a share of the bytes of all keys, in per cent.
        package let percent: Int
        package let lru: Double
        package let tinyLFU: Double
        package let s3FIFO: Double
    }

    package static func traces(keys: Int, requests: Int) -> [Trace] {
        [
            Trace("Zipf 0.8", .zipf(0.8), keys: keys, requests: requests),
            Trace("Zipf 0.9", .zipf(0.9), keys: keys, requests: requests),
            Trace("Zipf 1.0", .zipf(1.0), keys: keys, requests: requests),
            Trace("Zipf 1.1", .zipf(1.1), keys: keys, requests: requests),
            Trace("Zipf 1.0 and scans", .scans, keys: keys, requests: requests),
            Trace("Zipf 1.0 that shifts", .shifts, keys: keys, requests: requests),
            Trace("Zipf 1.0, half short-lived", .lifetimes, keys: keys, requests: requests),
        ]
    }

    package static func rows(keys: Int, requests: Int, percents: [Int], seed: UInt64) -> [Row] {
        traces(keys: keys, requests: requests).flatMap { trace in
            percents.map { row(trace, percent: $0, seed: seed) }
        }
    }

    package static func row(_ trace: Trace, percent: Int, seed: UInt64) -> Row {
        let limit = trace.footprint / 100 * percent
        var lru = EvictionRun<LRU>(limit: limit)
        var tinyLFU = EvictionRun<WTinyLFU>(limit: limit)
        var s3FIFO = EvictionRun<S3FIFO>(limit: limit)
        trace.run(seed: seed) { key, lifetime in
            lru.request(key, lifetime: lifetime)
            tinyLFU.request(key, lifetime: lifetime)
            s3FIFO.request(key, lifetime: lifetime)
        }
        return Row(
            trace: trace.name, percent: percent, lru: lru.hitShare, tinyLFU: tinyLFU.hitShare,
            s3FIFO: s3FIFO.hitShare)
    }
}
