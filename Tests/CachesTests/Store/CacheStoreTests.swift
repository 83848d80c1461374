import Caches
import Foundation
import Invalidations
import TestSupport
import Testing

/// Store: namespaces, quotas and invalidations over all shards.
struct CacheStoreTests {
    private let now = CacheTime(nanoseconds: 0)

    private func value(_ count: Int) throws -> CacheValue { try CacheValue([UInt8](repeating: 0x31, count: count)) }

    @Test func invalidationsCountOverAllShards() throws {
        let store = CacheStore(limit: 64 << 20, seed: (1, 2), shards: 16)
        let namespace = try #require(store.register(Namespace.default))
        for number in 0..<5_000 {
            let address = store.address(namespace, try CacheKey("k\(number)"))
            #expect(
                store.set(
                    address, try value(10), tags: ["all", "t\(number % 7)"], lifetime: Lifetime(fresh: .seconds(9)), now
                ))
        }
        #expect(store.count == 5_000)
        let keys = try (0..<10).map { try CacheKey("k\($0)") }
        #expect(store.invalidate(CacheSelectors(keys: keys), in: namespace, now) == 10)
        #expect(store.invalidate(CacheSelectors(keys: keys, tags: ["t3"]), in: namespace, now) == 713)
        #expect(store.invalidate(CacheSelectors(Selectors(tags: ["all"])), in: namespace, now) == 5_000 - 10 - 713)
        #expect(store.count == 0)
        #expect(store.inconsistency() == nil)
    }

    /// A loader may know its loads by token alone: no two of one store have the same.
    @Test func fillsOfAllShardsHaveTokensOfTheirOwn() throws {
        let store = CacheStore(limit: 64 << 20, seed: (1, 2), shards: 64)
        let namespace = try #require(store.register(Namespace.default))
        var tokens: Set<FillToken> = []
        for number in 0..<2_000 {
            let address = store.address(namespace, try CacheKey("k\(number)"))
            if number % 2 == 0 {
                guard case .load(let order) = store.read(address, WaiterID(UInt64(number)), now) else { continue }
                tokens.insert(order.token)
            } else if case .won(let token, _) = store.acquireLease(address, now) {
                tokens.insert(token)
            }
        }
        #expect(tokens.count == 2_000)
    }

    @Test func aNamespaceKeepsToItsQuota() throws {
        let store = CacheStore(limit: 64 << 20, seed: (1, 2), shards: 8)
        var rules = NamespaceRules()
        rules.bytesMax = 256 << 10
        let small = try #require(store.register(Namespace.default, rules))
        let otherName = try #require(Namespace("other"))
        let other = try #require(store.register(otherName))
        for number in 0..<200 {
            let key = try CacheKey("k\(number)")
            _ = store.set(
                store.address(other, key), try value(5_000), tags: [], lifetime: Lifetime(fresh: .seconds(9)), now)
        }
        for number in 0..<1_000 {
            let key = try CacheKey("k\(number)")
            _ = store.set(
                store.address(small, key), try value(5_000), tags: [], lifetime: Lifetime(fresh: .seconds(9)), now)
            #expect(store.usage(small).bytes <= 256 << 10)
        }
        #expect(store.usage(small).entries > 30)
        #expect(store.usage(other).entries == 200)
        rules.entriesMax = 5
        #expect(store.register(Namespace.default, rules) == small)
        let last = store.address(small, try CacheKey("last"))
        _ = store.set(last, try value(1), tags: [], lifetime: Lifetime(fresh: .seconds(9)), now)
        #expect(store.usage(small).entries == 5)
        #expect(store.inconsistency() == nil)
    }

    @Test func namespacesAreBounded() throws {
        let store = CacheStore(limit: 1 << 20, seed: (1, 2), namespacesMax: 2)
        #expect(store.register(Namespace.default) != nil)
        let names = ["a", "b"].compactMap { Namespace($0) }
        #expect(names.map { store.register($0) == nil } == [false, true])
        #expect(store.number(Namespace.default) == store.register(Namespace.default))
    }

    @Test(arguments: [(1 << 20, 1), (64 << 20, 2), (256 << 20, 8), (16 << 30, 64)])
    func shardsGoWithTheLimit(_ limit: Int, _ shards: Int) {
        #expect(CacheStore(limit: limit, seed: (1, 2)).shardCount == shards)
    }

    /// Threads write, read and invalidate; afterwards all agrees, and nothing that was invalidated is left.
    @Test func threadsAgree() throws {
        let store = CacheStore(limit: 8 << 20, seed: (3, 4), shards: 8)
        let namespace = try #require(store.register(Namespace.default))
        let addresses = try (0..<500).map { store.address(namespace, try CacheKey("k\($0)")) }
        let value = try value(200)
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            var random = SeededGenerator(seed: UInt64(thread))
            for step in 0..<5_000 {
                let address = addresses.randomElement(using: &random) ?? addresses[0]
                switch step % 5 {
                case 0, 1:
                    _ = store.set(
                        address, value, tags: ["t\(step % 3)"], lifetime: Lifetime(fresh: .seconds(9)), now)
                case 2 where step % 100 == 2:
                    _ = store.invalidate(CacheSelectors(tags: ["t\(thread % 3)"]), in: namespace, now)
                default: _ = store.lookup(address, now)
                }
            }
        }
        #expect(store.inconsistency() == nil)
        _ = store.invalidate(CacheSelectors(tags: ["t0", "t1", "t2"]), in: namespace, now)
        #expect(store.count == 0)
        #expect(store.usage(namespace) == (0, 0))
    }
}
