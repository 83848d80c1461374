import Caches
import Glibc
import Invalidations
import TestSupport
import Testing

/// What a store says that it takes, against what the process has.
struct MemoryTests {
    /// Stores of small and of large values, all kept, so that none uses what another one has freed.
    @Test func theProcessGrowsByWhatIsSaid() throws {
        var random = SeededGenerator(seed: 1)
        var stores: [CacheStore] = []
        for (valueBytes, tagCount) in [(40, 0), (300, 2), (1_000, 5), (20_000, 1), (200_000, 1)] {
            let before = ProcessMemory.residentBytes()
            let store = CacheStore(limit: 64 << 20, seed: (1, 2), shards: 4)
            let namespace = try #require(store.register(Namespace.default))
            for number in 0..<(20 << 20) / (valueBytes + 300) {
                let tags = (0..<tagCount).map { _ in "category-with-a-name-\(Int.random(in: 0..<500, using: &random))" }
                let size = Int.random(in: valueBytes / 2...valueBytes, using: &random)
                _ = store.set(
                    store.address(namespace, try CacheKey("key-\(number)")),
                    try CacheValue([UInt8](repeating: 0x31, count: size)), tags: try CacheTags.validated(tags),
                    lifetime: Lifetime(fresh: .seconds(60)), CacheTime(nanoseconds: 0))
            }
            let growth = ProcessMemory.residentBytes() - before
            print("\(store.count) values of up to \(valueBytes) bytes: \(store.byteCount) said, \(growth) grown")
            #expect(store.counts.evicted == 0)
            // What earlier tests have freed is used first, so it may grow by less.
            #expect(growth <= store.byteCount / 100 * 104 + (1 << 20))
            stores.append(store)
        }
        #expect(stores.allSatisfy { $0.inconsistency() == nil })
    }

    /// Over and over, values of all sizes: the process stays within 1.15 times the limit.
    @Test func churnKeepsTheProcessSmall() throws {
        var random = SeededGenerator(seed: 2)
        let limit = 64 << 20
        let before = ProcessMemory.residentBytes()
        let store = CacheStore(limit: limit, seed: (1, 2), shards: 4)
        let namespace = try #require(store.register(Namespace.default))
        for _ in 0..<300_000 {
            let size = 1 << Int.random(in: 5...14, using: &random)
            let value = [UInt8](repeating: 0x31, count: Int.random(in: size / 2...size, using: &random))
            let key = try CacheKey("key-\(Int.random(in: 0..<100_000, using: &random))")
            _ = store.set(
                store.address(namespace, key), try CacheValue(value), tags: ["t\(size)"],
                lifetime: Lifetime(fresh: .seconds(60)), CacheTime(nanoseconds: 0))
        }
        let growth = ProcessMemory.residentBytes() - before
        print("after churn: \(store.byteCount) said of \(limit), the process grew by \(growth)")
        #expect(store.byteCount > limit * 9 / 10)
        #expect(store.byteCount <= limit)
        #expect(growth <= limit * 115 / 100)
    }
}

/// Memory of this process.
private enum ProcessMemory {
    static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let fields = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            .split(separator: " ")
        return (fields.dropFirst().first.flatMap { Int($0) } ?? 0) * Int(getpagesize())
    }
}
