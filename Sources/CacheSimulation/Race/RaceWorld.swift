internal import Basics
internal import Caches

/// Seeded world of one shard: readers, loads, leases, writes and invalidations, in any order of their steps.
///
/// A value says when it was read from the origin. So each answer shows whether something that means it was invalidated
/// between that and the reader's arrival, which must never be.
struct RaceWorld {
    private struct Load {
        let order: LoadOrder
        let began: Int
        /// What the origin had when it was asked; nil until then.
        var loaded: LoadResult?
        /// A client has brought a value since.
        var isReplaced = false
    }

    private struct Lease {
        let token: FillToken
        let address: CacheAddress
        let began: Int
        let deadline: CacheTime
        var loaded: (value: CacheValue, tags: [String])?
    }

    private let seed: UInt64
    private var random: SplitMix64
    private var shard: CacheShard
    private let namespace = NamespaceNumber(value: 0)
    private let addresses: [CacheAddress]
    private let tags: [String]
    private var now = CacheTime(nanoseconds: 0)
    private var step = 0
    private var oracle = RaceOracle()
    private var loads: [Load] = []
    private var leases: [Lease] = []
    /// Sweeps that are not done, and how many entries they must find.
    private var sweeps: [(number: UInt64, expected: Int)] = []
    private let leaseTime: Duration
    private let failurePercent: Int
    private let sweepBudget: Int
    private let isHistoryShort: Bool

    init(seed: UInt64) {
        self.seed = seed
        random = SplitMix64(state: seed &* 0x9E37_79B9_7F4A_7C15)
        let hasher = SipHash(key0: random.next(), key1: random.next())
        var settings = FillSettings()
        // Small in half of the worlds, so that their bounds are met: then fills are refused that need not be.
        isHistoryShort = Self.int(0...1, &random) == 0
        if isHistoryShort {
            settings.recentTagsMax = Self.int(1...6, &random)
            settings.recentPrefixesMax = Self.int(1...3, &random)
        }
        settings.fillsMax = Self.int(3...12, &random)
        settings.waitersMax = Self.int(4...40, &random)
        settings.failuresMax = 2
        leaseTime = settings.leaseTime
        shard = CacheShard(
            limit: Self.int(0...2, &random) == 0 ? 16 << 10 : 1 << 20, hasher: hasher, settings: settings)
        shard.register(namespace, NamespaceRules(), NamespaceUsage())
        let urls = (0..<Self.int(1...8, &random)).map { "https://example.com/\($0 % 3)/\($0)" }
        addresses = urls.flatMap { URLKey.keys(url: $0).map { CacheAddress(NamespaceNumber(value: 0), $0, hasher) } }
        tags = (0..<Self.int(1...5, &random)).map { "tag-\($0)" }
        failurePercent = Self.int(0...30, &random)
        sweepBudget = Self.int(1...4, &random)
    }

    mutating func run() -> CacheViolation? {
        do throws(CacheViolation) {
            for _ in 0..<600 {
                step += 1
                if int(0...3) == 0 { now = now + .milliseconds(int(1...400)) }
                try act()
                if step % 16 == 0 { try checkShard() }
            }
            try drain()
            try checkShard()
            return nil
        } catch {
            return error
        }
    }

    // MARK: Steps

    private mutating func act() throws(CacheViolation) {
        switch int(0...19) {
        case 0...5: try read()
        case 6, 7: askOrigin()
        case 8...10: try finishLoad()
        case 11: try acquireLease()
        case 12: try finishLease()
        case 13: try write()
        case 14...16: try invalidate()
        case 17, 18: try continueSweep()
        default: try expire()
        }
    }

    private mutating func read() throws(CacheViolation) {
        let address = randomAddress()
        let waiter = oracle.arrive(address.key, at: step)
        switch shard.read(address, waiter, now) {
        case .hit(let entry, let isStale, let order):
            try oracle.answer([waiter], entry, isStale: isStale)
            if let order { try begin(order) }
        case .absent(let entry): try oracle.answer([waiter], entry, isStale: false)
        case .load(let order): try begin(order)
        case .joined: break
        case .refused: oracle.forget([waiter])
        }
    }

    private mutating func begin(_ order: LoadOrder) throws(CacheViolation) {
        loads.append(Load(order: order, began: step))
        let running = loads.filter { $0.order.address == order.address && $0.order.deadline > now }
        guard running.count <= 2 else { throw violation("loads", "\(running.count) loads of \(order.address.key)") }
        let useful = running.filter { !$0.isReplaced && !oracle.isKeyInvalidated(order.address.key, since: $0.began) }
        guard useful.count <= 1 || isHistoryShort else {
            throw violation("loads", "two loads of \(order.address.key) can be stored")
        }
    }

    /// The origin answers as it is now; the answer may arrive much later.
    private mutating func askOrigin() {
        if let index = loads.indices.first(where: { loads[$0].loaded == nil }) {
            loads[index].loaded = originAnswer(loads[index].order)
        }
        if let index = leases.indices.first(where: { leases[$0].loaded == nil }) {
            leases[index].loaded = (value(leases[index].address), randomTags())
        }
    }

    private mutating func originAnswer(_ order: LoadOrder) -> LoadResult {
        if int(0...99) < failurePercent { return .failed }
        if int(0...9) == 0 { return .absent(.milliseconds(int(1...900))) }
        return .value(value(order.address), tags: randomTags(), lifetime: lifetime(), origin: nil)
    }

    private mutating func finishLoad() throws(CacheViolation) {
        let ready = loads.indices.filter { loads[$0].loaded != nil }
        guard !ready.isEmpty else { return }
        let load = loads.remove(at: ready[int(0...(ready.count - 1))])
        guard let loaded = load.loaded else { return }
        try apply(shard.finishLoad(load.order.token, loaded, now))
    }

    private mutating func apply(_ end: LoadEnd) throws(CacheViolation) {
        for (waiters, answer) in end.answers {
            switch answer {
            case .entry(let entry, let isStale): try oracle.answer(waiters, entry, isStale: isStale)
            case .absent, .failed: oracle.forget(waiters)
            }
        }
        if let order = end.next { try begin(order) }
    }

    private mutating func acquireLease() throws(CacheViolation) {
        let address = randomAddress()
        let reader = oracle.arrive(address.key, at: step)
        switch shard.acquireLease(address, now) {
        case .found(let entry, let freshness):
            try oracle.answer([reader], entry, isStale: freshness != .fresh)
        case .renewed(let entry, let token):
            try oracle.answer([reader], entry, isStale: true)
            try begin(token, address)
        case .won(let token, _):
            oracle.forget([reader])
            try begin(token, address)
        case .refused: oracle.forget([reader])
        }
    }

    private mutating func begin(_ token: FillToken, _ address: CacheAddress) throws(CacheViolation) {
        let useful = leases.filter {
            $0.address == address && $0.deadline > now && !oracle.isKeyInvalidated(address.key, since: $0.began)
        }
        guard useful.isEmpty || isHistoryShort else {
            throw violation("leases", "two clients may bring \(address.key)")
        }
        leases.append(
            Lease(token: token, address: address, began: step, deadline: now + leaseTime, loaded: nil))
    }

    private mutating func finishLease() throws(CacheViolation) {
        guard let index = leases.indices.first(where: { leases[$0].loaded != nil }) else { return }
        let lease = leases.remove(at: index)
        guard let (value, tags) = lease.loaded else { return }
        let (end, next) = shard.finishLease(
            lease.token, lease.address, value, tags: tags, lifetime: lifetime(), now)
        if end == .stored {
            for index in loads.indices where loads[index].order.address == lease.address {
                loads[index].isReplaced = true
            }
        }
        if let next { try begin(next) }
    }

    private mutating func write() throws(CacheViolation) {
        let address = randomAddress()
        // Readers before this step may still get what was there.
        oracle.invalidate(CacheSelectors(keys: [address.key]), at: step)
        if int(0...2) == 0 {
            let expected = visible(CacheSelectors(keys: [address.key]))
            let wasThere = shard.delete(address, now)
            guard wasThere == (expected == 1) else { throw violation("counts", "delete of \(address.key)") }
        } else {
            _ = shard.set(address, value(address), tags: randomTags(), lifetime: lifetime(), now)
        }
    }

    private mutating func invalidate() throws(CacheViolation) {
        var selectors = CacheSelectors()
        if int(0...2) == 0 { selectors.keys = [randomAddress().key] }
        if int(0...1) == 0 { selectors.tags = [tags[int(0...(tags.count - 1))]] }
        if int(0...5) == 0 { selectors.prefixes = URLKey.prefixes(url: "https://example.com/\(int(0...2))") }
        if int(0...9) == 0 { selectors.everything = true }
        let expected = visible(selectors)
        let named = addresses.filter { selectors.keys.contains($0.key) }
        let isSoft = int(0...3) == 0
        let progress = shard.invalidate(selectors, named, in: namespace, isSoft: isSoft, now, budget: sweepBudget)
        oracle.invalidate(selectors, isSoft: isSoft, at: step)
        try end(progress, expected: expected)
    }

    private mutating func continueSweep() throws(CacheViolation) {
        guard !sweeps.isEmpty else { return }
        let sweep = sweeps.remove(at: int(0...(sweeps.count - 1)))
        try end(shard.continueSweep(sweep.number, budget: sweepBudget), expected: sweep.expected)
    }

    private mutating func end(_ progress: SweepProgress, expected: Int) throws(CacheViolation) {
        if let number = progress.pending {
            sweeps.append((number, expected))
        } else if progress.count != expected {
            throw violation("counts", "\(progress.count) entries counted, \(expected) were there")
        }
    }

    private mutating func expire() throws(CacheViolation) {
        for end in shard.expireFills(now) { try apply(end) }
        // The answers of loads whose time is over come too late, or never.
        guard int(0...1) == 0 else { return }
        let now = now
        loads.removeAll { $0.order.deadline <= now }
    }

    /// Everything ends; then a value that nothing invalidates is kept.
    private mutating func drain() throws(CacheViolation) {
        while !sweeps.isEmpty { try continueSweep() }
        for _ in 0..<200 where oracle.waiting > 0 || !loads.isEmpty {
            askOrigin()
            try finishLoad()
            now = now + .milliseconds(500)
            try expire()
        }
        guard oracle.waiting == 0 else { throw violation("waiters", "\(oracle.waiting) are never answered") }
        now = now + .seconds(60)
        try expire()
        let address = randomAddress()
        _ = shard.set(address, value(address), tags: [], lifetime: Lifetime(fresh: .seconds(1)), now)
        guard case .found = shard.lookup(address, now) else { throw violation("kept", "a write is not found") }
    }

    private func checkShard() throws(CacheViolation) {
        if let text = shard.inconsistency() { throw violation("consistency", text) }
    }

    // MARK: Chance

    private func visible(_ selectors: CacheSelectors) -> Int {
        shard.visibleEntries(namespace, now).filter { RaceOracle.covers(selectors, $0.key, $0.tags) }.count
    }

    private mutating func randomAddress() -> CacheAddress { addresses[int(0...(addresses.count - 1))] }

    private mutating func randomTags() -> [String] { tags.filter { _ in int(0...2) == 0 } }

    private mutating func lifetime() -> Lifetime {
        Lifetime(
            fresh: .milliseconds(int(1...2_000)), staleWhileRevalidate: .milliseconds(int(0...1) * 500),
            staleIfError: .milliseconds(int(0...1) * 2_000))
    }

    /// A value that says when it was made, of a size that the small limit feels.
    private mutating func value(_ address: CacheAddress) -> CacheValue {
        let text = Array("\(step) \(address.key)".utf8)
        let bytes = text + [UInt8](repeating: 0x20, count: int(0...600))
        let value = CacheValue(held: bytes, coding: .identity, entityTag: EntityTag(of: bytes))
        // Some as a node holds large ones.
        return step & 3 == 0 ? value.compressed() ?? value : value
    }

    private func violation(_ checker: String, _ text: String) -> CacheViolation {
        CacheViolation(checker: checker, text: "seed \(seed), step \(step): \(text)")
    }

    private mutating func int(_ range: ClosedRange<Int>) -> Int { Self.int(range, &random) }

    private static func int(_ range: ClosedRange<Int>, _ random: inout SplitMix64) -> Int {
        Int.random(in: range, using: &random)
    }
}
