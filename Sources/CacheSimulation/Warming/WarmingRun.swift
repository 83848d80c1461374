internal import Basics
package import Caches
internal import Foundation

/// One trace through one shard, with warming or without.
package struct WarmingRun {
    package struct Figures: Sendable {
        package let hitShare: Double
        /// How long a reader waits whom 99 of 100 do not wait longer than.
        package let p99: Duration
        package let originCalls: Int
        /// Loads that nobody had asked for.
        package let warmed: Int
    }

    private enum Event {
        case end(LoadOrder)
        case turn
    }

    private static let tick = Duration.milliseconds(250)

    private let trace: WarmingTrace
    private var random: SplitMix64
    private var shard: CacheShard
    private var warming: Warming?
    private let addresses: [CacheAddress]
    private var now = CacheTime(nanoseconds: 0)
    private var events: [(at: CacheTime, event: Event)] = []
    private var lastWaiter: UInt64 = 0
    private var arrivals: [WaiterID: CacheTime] = [:]
    private var waits: [Duration] = []
    private var hits = 0
    private var originCalls = 0
    private var warmed = 0

    private init(_ trace: WarmingTrace, _ rules: WarmingRules?, seed: UInt64) throws {
        self.trace = trace
        random = SplitMix64(state: seed)
        let hasher = SipHash(key0: seed, key1: ~seed)
        let namespace = NamespaceNumber(value: 0)
        shard = CacheShard(limit: 64 << 20, hasher: hasher)
        shard.register(namespace, NamespaceRules(), NamespaceUsage())
        addresses = try (0..<trace.keys).map { CacheAddress(namespace, try CacheKey("key-\($0)"), hasher) }
        warming = rules.map { Warming($0) }
    }

    /// - Parameter rules: nil for a run without warming.
    package static func figures(_ trace: WarmingTrace, _ rules: WarmingRules?, seed: UInt64) throws -> Figures {
        var run = try WarmingRun(trace, rules, seed: seed)
        return run.run()
    }

    private mutating func run() -> Figures {
        let end = CacheTime(nanoseconds: 0) + .seconds(trace.seconds)
        let ranks = ZipfRanks(count: trace.keys, exponent: trace.exponent)
        var purgeAt = now + .seconds(60)
        schedule(.turn, now + Self.tick)
        while now < end {
            now = now + pause(mean: 1 / Double(trace.readsPerSecond))
            let arrival = now
            while let first = events.first, first.at <= arrival {
                events.removeFirst()
                now = first.at
                handle(first.event)
            }
            now = arrival
            if now >= purgeAt {
                purgeAt = now + .nanoseconds(Int64(trace.secondsBetweenPurges * 1e9))
                purge("tag-\(random.next() % UInt64(trace.tags))")
            }
            read(ranks.next(&random))
        }
        waits.sort()
        return Figures(
            hitShare: Double(hits) / Double(max(1, waits.count)), p99: waits[waits.count * 99 / 100],
            originCalls: originCalls, warmed: warmed)
    }

    private mutating func read(_ key: Int) {
        lastWaiter += 1
        let waiter = WaiterID(lastWaiter)
        warming?.recordRead(addresses[key], now)
        switch shard.read(addresses[key], waiter, now) {
        case .hit, .absent:
            hits += 1
            waits.append(.zero)
        case .load(let order):
            arrivals[waiter] = now
            begin(order)
        case .joined: arrivals[waiter] = now
        case .refused: break
        }
    }

    private mutating func begin(_ order: LoadOrder) {
        originCalls += 1
        schedule(.end(order), now + loadTime(of: order.address))
    }

    private mutating func handle(_ event: Event) {
        switch event {
        case .turn:
            schedule(.turn, now + Self.tick)
            while let address = warming?.next(now) {
                guard let order = shard.warm(address, now) else { continue }
                warmed += 1
                begin(order)
            }
        case .end(let order):
            let tags = [tag(of: order.address)]
            let lifetime = Lifetime(fresh: trace.lifetime)
            let result = LoadResult.value(Self.value, tags: tags, lifetime: lifetime, origin: nil)
            let end = shard.finishLoad(order.token, result, now)
            warming?.recordLoad(order, tags: tags, fresh: trace.lifetime, now)
            for waiter in end.answers.flatMap(\.waiters) {
                guard let arrival = arrivals.removeValue(forKey: waiter) else { continue }
                waits.append(now.since(arrival))
            }
            if let next = end.next { begin(next) }
        }
    }

    private mutating func purge(_ tag: String) {
        let selectors = CacheSelectors(tags: [tag])
        _ = shard.invalidate(selectors, [], in: NamespaceNumber(value: 0), now, budget: .max)
        warming?.invalidated(selectors, now)
    }

    private static let value = CacheValue(
        held: [UInt8](repeating: 0x20, count: 512), coding: .identity, entityTag: EntityTag(of: [0x20]))

    private func mix(_ address: CacheAddress) -> UInt64 {
        address.key.bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    private func tag(of address: CacheAddress) -> String { "tag-\((mix(address) >> 7) % UInt64(trace.tags))" }

    private func loadTime(of address: CacheAddress) -> Duration {
        trace.loadTimeMax / 5 + trace.loadTimeMax * 4 / 5 * Int((mix(address) >> 20) % 1_000) / 1_000
    }

    /// Of a Poisson process.
    private mutating func pause(mean: Double) -> Duration {
        let chance = Double((random.next() >> 11) + 1) * 0x1p-53
        return .nanoseconds(Int64(-log(chance) * mean * 1e9))
    }

    private mutating func schedule(_ event: Event, _ at: CacheTime) {
        let index = events.firstIndex { $0.at > at } ?? events.count
        events.insert((at, event), at: index)
    }
}
