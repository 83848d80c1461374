internal import Basics
internal import Caches
internal import Invalidations

/// Seeded world of two nodes: an owner, and one that mirrors what the owner has.
///
/// Both read one log of invalidations, each in its own time. A value says when the owner read it from its origin. So an
/// answer of a mirror shows whether it is from before an invalidation that the node had heard of, which must never be,
/// and whether it is older than a mirror may be.
struct MirrorWorld {
    private struct Request {
        let start: MirrorStart
        /// How much of the log the owner is to know.
        let position: Int
        var answer: (made: Int, value: CacheValue, tags: [String])?
    }

    private let seed: UInt64
    private var random: SplitMix64
    private let mirrors: MirrorStore
    private let namespace = Namespace.default
    private let rules: MirrorRules
    private let keys: [CacheKey]
    private let tags = ["a", "b", "c"]
    private var now = CacheTime(nanoseconds: 0)
    private var step = 0
    /// Each with the step in which it was published.
    private var log: [(step: Int, selectors: CacheSelectors)] = []
    private var ownerPosition = 0
    private var mirrorPosition = 0
    /// Calls of clients that the owner has not heard of yet, and when it will have.
    private var calls: [(selectors: CacheSelectors, until: CacheTime)] = []
    /// What the mirroring node was told, by the log or by call.
    private var heard: [(step: Int, selectors: CacheSelectors)] = []
    private var owned: [CacheKey: (made: Int, value: CacheValue, tags: [String])] = [:]
    /// When which values were written at the owner.
    private var written: [CacheKey: [(at: CacheTime, made: Int)]] = [:]
    private var requests: [Request] = []

    init(seed: UInt64) {
        self.seed = seed
        random = SplitMix64(state: seed &* 0xD134_2543_DE82_EF95)
        mirrors = MirrorStore(limit: 1 << 20, seed: (random.next(), random.next()), namespacesMax: 4)
        var rules = MirrorRules()
        rules.above = Self.int(1...4, &random)
        rules.time = .milliseconds(Self.int(1...1_000, &random))
        self.rules = rules
        keys = URLKey.keys(url: "https://example.com/a") + URLKey.keys(url: "https://example.com/b")
    }

    mutating func run() -> CacheViolation? {
        do throws(CacheViolation) {
            for _ in 0..<400 {
                step += 1
                if int(0...2) == 0 { now = now + .milliseconds(int(1...120)) }
                if calls.contains(where: { $0.until <= now }) { endCalls() }
                try act()
            }
            return nil
        } catch {
            return error
        }
    }

    private mutating func act() throws(CacheViolation) {
        switch int(0...19) {
        case 0...8: try read(randomKey())
        case 9, 10: askOwner()
        case 11, 12: bring()
        case 13: publish()
        case 14: if ownerPosition < log.count { applyAtOwner() }
        case 15, 16: if mirrorPosition < log.count { applyAtMirror() }
        case 17: write(randomKey())
        case 18: call()
        default: endCalls()
        }
    }

    // MARK: Readers

    private mutating func read(_ key: CacheKey) throws(CacheViolation) {
        switch mirrors.find(namespace, key, rules, isExact: int(0...9) == 0, now) {
        case .mirror(let entry): try judge(entry)
        case .begin(let start):
            requests.append(Request(start: start, position: mirrorPosition))
        case .pass: break
        }
    }

    private func judge(_ entry: CacheEntry) throws(CacheViolation) {
        let made = Int(String(decoding: entry.value?.bytes ?? [], as: UTF8.self)) ?? 0
        if let late = heard.first(where: { $0.step > made && RaceOracle.covers($0.selectors, entry.key, entry.tags) }) {
            throw violation("stale", "\(entry.key) of step \(made) was invalidated in step \(late.step)")
        }
        // A newer value was written within the time of a mirror.
        if let newer = written[entry.key]?.first(where: { $0.made > made }), now.since(newer.at) > rules.time {
            throw violation("age", "\(entry.key) of step \(made) was written more than a mirror's time ago")
        }
    }

    private mutating func askOwner() {
        guard let index = requests.indices.first(where: { requests[$0].answer == nil }) else { return }
        guard ownerPosition >= requests[index].position else { return }
        requests[index].answer = load(requests[index].start.key)
    }

    private mutating func load(_ key: CacheKey) -> (made: Int, value: CacheValue, tags: [String]) {
        if let entry = owned[key] { return entry }
        let bytes = Array("\(step)".utf8)
        let value = CacheValue(held: bytes, coding: .identity, entityTag: EntityTag(of: bytes))
        let entry = (step, value, tags.filter { _ in int(0...1) == 0 })
        owned[key] = entry
        return entry
    }

    private mutating func bring() {
        let ready = requests.indices.filter { requests[$0].answer != nil }
        guard !ready.isEmpty else { return }
        let request = requests.remove(at: ready[int(0...(ready.count - 1))])
        guard let (_, value, tags) = request.answer else { return }
        _ = mirrors.finish(request.start, value, tags: tags, age: .seconds(int(0...9)), fresh: .seconds(60), now)
        if int(0...3) == 0 { mirrors.expire(now) }
    }

    // MARK: What changes

    private mutating func write(_ key: CacheKey) {
        owned[key] = nil
        let made = load(key).made
        written[key, default: []].append((now, made))
        // One that passes through the mirroring node.
        guard int(0...1) == 0 else { return }
        mirrors.drop(key, in: namespace, now)
        heard.append((step, CacheSelectors(keys: [key])))
    }

    private mutating func randomSelectors() -> CacheSelectors {
        switch int(0...3) {
        case 0: CacheSelectors(keys: [randomKey()])
        case 1: CacheSelectors(everything: true)
        default: CacheSelectors(tags: [tags[int(0...2)]])
        }
    }

    private mutating func publish() { log.append((step, randomSelectors())) }

    private mutating func applyAtOwner() {
        forget(log[ownerPosition].selectors)
        ownerPosition += 1
    }

    private mutating func applyAtMirror() {
        let record = log[mirrorPosition]
        mirrorPosition += 1
        mirrors.invalidate(record.selectors, in: namespace, isOrdered: true, now)
        heard.append(record)
    }

    /// A client's invalidation, which comes to the owner later.
    private mutating func call() {
        guard calls.count < 3 else { return }
        let selectors = randomSelectors()
        mirrors.invalidate(selectors, in: namespace, isOrdered: false, now)
        calls.append((selectors, now + .milliseconds(int(0...900))))
        heard.append((step, selectors))
    }

    private mutating func endCalls() {
        for call in calls { forget(call.selectors) }
        calls = []
    }

    private mutating func forget(_ selectors: CacheSelectors) {
        owned = owned.filter { !RaceOracle.covers(selectors, $0.key, $0.value.tags) }
    }

    // MARK: Chance

    private mutating func randomKey() -> CacheKey { keys[int(0...(keys.count - 1))] }

    private func violation(_ checker: String, _ text: String) -> CacheViolation {
        CacheViolation(checker: checker, text: "seed \(seed), step \(step): \(text)")
    }

    private mutating func int(_ range: ClosedRange<Int>) -> Int { Self.int(range, &random) }

    private static func int(_ range: ClosedRange<Int>, _ random: inout SplitMix64) -> Int {
        Int.random(in: range, using: &random)
    }
}
