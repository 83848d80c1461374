internal import Basics
internal import Caches
internal import Invalidations

/// Seeded world of a store's shards, whose loads are known by their tokens alone.
///
/// Each value names its key, and answers come in any order. So a reader who gets what another key's load has brought
/// shows it, and so does one who is never answered because two loads had one token.
struct TokenWorld {
    private let seed: UInt64
    private var random: SplitMix64
    private let store: CacheStore
    private let addresses: [CacheAddress]
    private var loads: [FillToken: LoadOrder] = [:]
    /// What the origin was asked, and under which token.
    private var asked: [(token: FillToken, key: CacheKey)] = []
    private var readers: [WaiterID: CacheKey] = [:]
    private var lastReader: UInt64 = 0
    private var now = CacheTime(nanoseconds: 0)

    init(seed: UInt64) {
        self.seed = seed
        random = SplitMix64(state: seed &* 0xBF58_476D_1CE4_E5B9)
        let store = CacheStore(limit: 4 << 20, seed: (random.next(), random.next()), shards: 4)
        self.store = store
        let keys = (0..<24).flatMap { URLKey.keys(url: "https://example.com/\($0)") }
        addresses = store.register(Namespace.default).map { number in keys.map { store.address(number, $0) } } ?? []
    }

    mutating func run() -> CacheViolation? {
        do throws(CacheViolation) {
            for _ in 0..<160 {
                now = now + .milliseconds(int(0...3))
                if asked.isEmpty || int(0...2) > 0 { try read() } else { try answerOne() }
            }
            while !asked.isEmpty { try answerOne() }
            guard readers.isEmpty else { throw violation("\(readers.count) readers are never answered") }
            return nil
        } catch {
            return error
        }
    }

    private mutating func read() throws(CacheViolation) {
        let address = addresses[int(0...(addresses.count - 1))]
        lastReader += 1
        let reader = WaiterID(lastReader)
        readers[reader] = address.key
        switch store.read(address, reader, now) {
        case .hit(let entry, _, let order):
            try answer([reader], entry)
            if let order { begin(order) }
        case .load(let order): begin(order)
        case .joined: break
        case .absent, .refused: readers[reader] = nil
        }
    }

    private mutating func begin(_ order: LoadOrder) {
        loads[order.token] = order
        asked.append((order.token, order.address.key))
    }

    private mutating func answerOne() throws(CacheViolation) {
        let (token, key) = asked.remove(at: int(0...(asked.count - 1)))
        guard let order = loads.removeValue(forKey: token) else { return }
        let value = CacheValue(held: key.bytes, coding: .identity, entityTag: EntityTag(of: key.bytes))
        let lifetime = Lifetime(fresh: .milliseconds(int(1...40)))
        let end = store.finishLoad(order, .value(value, tags: [], lifetime: lifetime, origin: nil), now)
        for case (let waiters, .entry(let entry, _)) in end.answers { try answer(waiters, entry) }
        if let next = end.next { begin(next) }
    }

    private mutating func answer(_ waiters: [WaiterID], _ entry: CacheEntry) throws(CacheViolation) {
        for waiter in waiters {
            guard let key = readers.removeValue(forKey: waiter) else {
                throw violation("reader \(waiter.value) is answered twice")
            }
            guard entry.key == key, entry.value?.held == key.bytes else {
                throw violation("\(key) is answered with the value of another key")
            }
        }
    }

    private func violation(_ text: String) -> CacheViolation {
        CacheViolation(checker: "tokens", text: "seed \(seed): \(text)")
    }

    private mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
}
