import Caches

/// One shard with two namespaces, for tests.
struct ShardFixture {
    var shard: CacheShard
    let hasher: SipHash
    let first = NamespaceNumber(value: 0)
    let second = NamespaceNumber(value: 1)
    let usage = NamespaceUsage()
    var now = CacheTime(nanoseconds: 0)

    init(
        limit: Int = 8 << 20, seed: UInt64 = 1, settings: FillSettings = FillSettings(), rules: NamespaceRules = .init()
    ) {
        hasher = SipHash(key0: seed, key1: ~seed)
        shard = CacheShard(limit: limit, hasher: hasher, settings: settings)
        shard.register(first, rules, usage)
        shard.register(second, rules, NamespaceUsage())
    }

    func address(_ key: String, _ namespace: NamespaceNumber? = nil) throws -> CacheAddress {
        CacheAddress(namespace ?? first, try CacheKey(key), hasher)
    }

    @discardableResult
    mutating func set(
        _ key: String, _ value: String, _ tags: [String] = [], seconds: Int = 60, in namespace: NamespaceNumber? = nil
    ) throws -> Bool {
        shard.set(
            try address(key, namespace), try CacheValue(Array(value.utf8)), tags: tags,
            lifetime: Lifetime(fresh: .seconds(seconds)), now)
    }

    mutating func value(_ key: String, in namespace: NamespaceNumber? = nil) throws -> String? {
        guard case .found(let entry, _) = shard.lookup(try address(key, namespace), now) else { return nil }
        return entry.value.map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    mutating func invalidate(
        keys: [String] = [], tags: [String] = [], prefixes: [KeyPrefix] = [], everything: Bool = false,
        budget: Int = CacheShard.sweepBudget
    ) throws -> SweepProgress {
        let addresses = try keys.map { try address($0) }
        return shard.invalidate(
            CacheSelectors(keys: addresses.map(\.key), tags: tags, prefixes: prefixes, everything: everything),
            addresses,
            in: first, now, budget: budget)
    }
}
