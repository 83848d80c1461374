import Basics
import CacheSimulation
import Caches
import Foundation
import Invalidations

/// The cache store in memory: hits a second, bytes of an entry, wide invalidations, evictions and warming.
struct CacheBenchmark {
    let entries: Int

    func run() throws {
        print("The cache store in memory: keys of 20 bytes, values of 1 KiB, two tags each")
        let store = CacheStore(limit: 4 << 30, seed: (.random(in: 0...UInt64.max), .random(in: 0...UInt64.max)))
        guard let namespace = store.register(Namespace.default) else { return }
        let addresses = try (0..<entries).map { number in
            store.address(namespace, try CacheKey("product-\(1_000_000_000_000 + number)"))
        }
        let before = resident
        try fill(store, addresses)
        let growth = resident - before
        print(
            String(
                format: "memory: %d bytes for each entry, %.3f times that in the process",
                store.byteCount / max(1, store.count), Double(growth) / Double(store.byteCount)))
        for threads in [1, 2] { hits(store, addresses, threads: threads) }
        invalidate(store, namespace, addresses)
        evictions()
        try warming()
    }

    private func fill(_ store: CacheStore, _ addresses: [CacheAddress]) throws {
        let now = CacheTime(nanoseconds: 0)
        let start = ContinuousClock.now
        for (number, address) in addresses.enumerated() {
            let value = try CacheValue([UInt8](repeating: UInt8(number & 0x7F), count: 1_024))
            _ = store.set(
                address, value, tags: ["all-products", "category-\(number % 1_000)"],
                lifetime: Lifetime(fresh: .seconds(3_600)), now)
        }
        rate("sets", addresses.count, since: start)
    }

    /// Zipf 0.99, prepared before: only lookups are measured.
    private func hits(_ store: CacheStore, _ addresses: [CacheAddress], threads: Int) {
        let ranks = ZipfRanks(count: addresses.count, exponent: 0.99)
        var random = SystemRandomNumberGenerator()
        let requests = (0..<2_000_000).map { _ in ranks.next(&random) }
        let now = CacheTime(nanoseconds: 1)
        let start = ContinuousClock.now
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            var found = 0
            for request in requests[(requests.count / threads * thread)..<(requests.count / threads * (thread + 1))] {
                if case .found = store.lookup(addresses[request], now) { found += 1 }
            }
            if found == 0 { print("nothing was found") }
        }
        rate("hits, \(threads) threads", requests.count, since: start)
    }

    private func invalidate(_ store: CacheStore, _ namespace: NamespaceNumber, _ addresses: [CacheAddress]) {
        let start = ContinuousClock.now
        let now = CacheTime(nanoseconds: 2)
        let one = store.invalidate(CacheSelectors(tags: ["category-7"]), in: namespace, now)
        print("a tag with \(one) entries: \(ContinuousClock.now - start)")
        let wide = ContinuousClock.now
        let all = store.invalidate(CacheSelectors(tags: ["all-products"]), in: namespace, now)
        print("a tag with \(all) entries: \(ContinuousClock.now - wide), \(store.count) left")
    }

    private func evictions() {
        print("| trace | memory | LRU | W-TinyLFU | S3-FIFO |\n|---|---|---|---|---|")
        for row in EvictionTable.rows(keys: 50_000, requests: 1_000_000, percents: [2, 10], seed: 1) {
            print(
                String(
                    format: "| %@ | %d %% | %.1f | %.1f | %.1f |", row.trace as NSString, row.percent, row.lru * 100,
                    row.tinyLFU * 100, row.s3FIFO * 100))
        }
    }

    private func warming() throws {
        print("| trace | hits, without and with | p99, ms | origin calls | loaded in advance |\n|---|---|---|---|---|")
        for trace in WarmingTrace.all {
            let without = try WarmingRun.figures(trace, nil, seed: 1)
            let with = try WarmingRun.figures(trace, WarmingRules(), seed: 1)
            print(
                String(
                    format: "| %@ | %.1f %.1f | %lld %lld | %d %d | %d |", trace.name as NSString,
                    without.hitShare * 100, with.hitShare * 100, without.p99.milliseconds, with.p99.milliseconds,
                    without.originCalls, with.originCalls, with.warmed))
        }
    }

    private func rate(_ name: String, _ count: Int, since start: ContinuousClock.Instant) {
        let time = ContinuousClock.now - start
        let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
        print(String(format: "%@: %.2f million a second", name as NSString, Double(count) / seconds / 1e6))
    }

    private var resident: Int { ProcessFigures.kilobytes("VmRSS:", of: getpid()) * 1_024 }
}
