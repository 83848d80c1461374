internal import Basics
internal import CacheWrites
internal import Caches
internal import Invalidations

/// Seeded world of several nodes that share the keys: they die, freeze, are cut off, and take over from each other.
///
/// Store, partitions and conditions are the real ones (`CacheShard`, `OwnedPartition`). Kafka, its group, the database,
/// and what `FollowerSession`, `WriteJournal` and `ReadEndpoint` do between them are modelled here: any node may learn
/// late that its keys have another owner, and anything on its way may arrive late, or never.
struct NodesWorld {
    let seed: UInt64
    var random: SplitMix64
    var step = 0
    var now = CacheTime(nanoseconds: 0)
    let partitions: Int
    let settings: WriteSettings
    let book: AddressBook
    let keys: [CacheKey]
    /// Rows that others write, who publish an invalidation afterwards.
    let foreignKeys: [CacheKey]
    var nodes: [SimulatedNode] = []
    var logs: [SharedLog]
    var database = SharedDatabase()
    var oracle = NodesOracle()
    /// What the group has decided: the node of each partition.
    var assignment: [Int]
    var generation = 0
    var invalidations: [CacheSelectors] = []
    /// By key of others, its last value.
    var foreignValues: [CacheKey: Int] = [:]
    var calls: [UInt64: NodesTraffic.Call] = [:]
    var lastCall: UInt64 = 0
    /// By what a write is called, where it counts.
    var countedAt: [String: Int64] = [:]
    /// In the order of each node.
    var sent: [NodesTraffic.Sent] = []
    var stored: [NodesTraffic.Sent] = []
    var questions: [NodesTraffic.Question] = []
    var forwards: [(call: NodesTraffic.Call, node: Int)] = []
    var failurePercent: Int
    let troublePercent: Int

    init(seed: UInt64) {
        self.seed = seed
        random = SplitMix64(state: seed &* 0xA24B_AED4_963E_E407)
        let hasher = SipHash(key0: random.next(), key1: random.next())
        var settings = WriteSettings()
        settings.batchMax = Int.random(in: 1...5, using: &random)
        settings.countMax = Int.random(in: 1...8, using: &random)
        settings.pauseFirst = .milliseconds(100)
        settings.pauseLongest = .milliseconds(400)
        self.settings = settings
        book = AddressBook(hasher: hasher)
        partitions = Int.random(in: 1...3, using: &random)
        keys = (0..<Int.random(in: 2...6, using: &random)).compactMap { try? CacheKey("k\($0)") }
        foreignKeys = (0..<2).compactMap { try? CacheKey("f\($0)") }
        logs = Array(repeating: SharedLog(), count: partitions)
        let count = Int.random(in: 2...4, using: &random)
        let limit = Int.random(in: 0...2, using: &random) == 0 ? 16 << 10 : 1 << 20
        for number in 0..<count {
            nodes.append(SimulatedNode(number, partitions: partitions, limit: limit, hasher: hasher))
        }
        assignment = (0..<partitions).map { $0 % count }
        generation = 1
        failurePercent = Int.random(in: 0...2, using: &random) * 15
        troublePercent = Int.random(in: 1...3, using: &random) * 25
        // An invalidation by tag does not reach what a store knows to be absent: it has no tags.
        for key in foreignKeys { database.put(key, change("0", key)) }
    }

    /// - Returns: the first thing that must never be; nil for a clean run.
    mutating func run() -> CacheViolation? {
        do throws(CacheViolation) {
            for _ in 0..<900 {
                step += 1
                try act()
                if let wrong = database.wrong { throw violation("order", wrong) }
            }
            try drain()
            return nil
        } catch {
            return error
        }
    }

    var counts: NodesCounts { oracle.counts }

    private mutating func act() throws(CacheViolation) {
        switch int(0...31) {
        case 0...4: try newRead()
        case 5...8: try newWrite()
        case 9...11: storeNext()
        case 12...14: try deliverStored()
        case 15...18: try readLog()
        case 19, 20: try update()
        case 21, 22: ask()
        case 23, 24: try deliverAnswer()
        case 25: applyTail()
        case 26: acceptAssignment()
        case 27: if int(0...99) < troublePercent { try makeTrouble() }
        case 28: writeAsOthers()
        case 29: now = now + .milliseconds(int(1...3_000))
        case 30: try deliverForward()
        default: hurry()
        }
    }

    // MARK: Trouble

    private mutating func makeTrouble() throws(CacheViolation) {
        let node = nodes[int(0...(nodes.count - 1))]
        switch int(0...6) {
        case 0: kill(node)
        case 1: node.isFrozen = node.isAlive
        case 2: node.isFrozen = false
        case 3: node.isCutOff.toggle()
        case 4: if !node.isAlive { node.restart(tail: invalidations.count) }
        default: rebalance()
        }
    }

    private mutating func kill(_ node: SimulatedNode) {
        node.isAlive = false
        // What it has sent may arrive all the same, up to some record.
        let own = sent.filter { $0.node == node.number }
        let kept = int(0...own.count)
        sent.removeAll { $0.node == node.number }
        sent += own.prefix(kept)
        stored.removeAll { $0.node == node.number }
    }

    /// The group gives the partitions to some of its members. Those that are left out may not know.
    private mutating func rebalance() {
        let members = nodes.filter { $0.isAlive && int(0...3) > 0 }.map(\.number)
        guard !members.isEmpty else { return }
        generation += 1
        for partition in 0..<partitions { assignment[partition] = members[int(0...(members.count - 1))] }
    }

    /// Somebody needs a write in the database soon, or purges what nodes have.
    private mutating func hurry() {
        let key = keys[int(0...(keys.count - 1))]
        guard int(0...1) == 0, let address = book.address(.default, key) else {
            invalidations.append(selectors(key))
            return
        }
        let node = nodes[int(0...(nodes.count - 1))]
        guard node.isAwake else { return }
        node.withOwned(partition(of: key)) { $0.flushFirst(address) }
    }

    // MARK: Rows of others

    private mutating func writeAsOthers() {
        let key = foreignKeys[int(0...(foreignKeys.count - 1))]
        let value = (foreignValues[key] ?? 0) + 1
        foreignValues[key] = value
        database.put(key, change(String(value), key))
        let selectors = selectors(key)
        if int(0...1) == 0 {
            invalidations.append(selectors)
            return oracle.promise(key, value, at: step, position: invalidations.count)
        }
        let alive = nodes.filter(\.isAlive)
        for node in alive where !node.isFrozen { apply(selectors, at: node) }
        // Who is away is named in the answer, and nothing is promised.
        if !alive.contains(where: \.isFrozen) { oracle.promise(key, value, at: step, position: nil) }
    }

    private mutating func selectors(_ key: CacheKey) -> CacheSelectors {
        switch int(0...3) {
        case 0: CacheSelectors(everything: true)
        case 1: CacheSelectors(tags: [Self.tag(key)])
        default: CacheSelectors(keys: [key])
        }
    }

    mutating func applyTail() {
        let node = nodes[int(0...(nodes.count - 1))]
        guard node.isAwake, !node.isCutOff, node.tail < invalidations.count else { return }
        apply(invalidations[node.tail], at: node)
        node.tail += 1
    }

    private func apply(_ selectors: CacheSelectors, at node: SimulatedNode) {
        let named = selectors.keys.compactMap { book.address(.default, $0) }
        _ = node.shard.invalidate(
            selectors, named, in: NamespaceNumber(value: 0), isSoft: false, now, budget: .max)
        flushFirst(selectors, at: node)
        for key in keys + foreignKeys where RaceOracle.covers(selectors, key, [Self.tag(key)]) {
            node.voidedAt[key] = step
        }
    }

    /// Now and then: where all is flushed soon, there is little that an owner could do wrong.
    private func flushFirst(_ selectors: CacheSelectors, at node: SimulatedNode) {
        guard step.isMultiple(of: 8) else { return }
        var invalidated = InvalidatedKeys()
        invalidated.add(selectors)
        for partition in 0..<Int32(partitions) {
            node.withOwned(partition) { owned in owned.flushFirst { invalidated.covers($0) } }
        }
    }

    func forgetAll(_ node: SimulatedNode) { apply(CacheSelectors(everything: true), at: node) }

    // MARK: Values

    static func tag(_ key: CacheKey) -> String { "tag-\((key.bytes.last ?? 0) & 1)" }

    func change(_ text: String, _ key: CacheKey) -> PendingWrite.Change {
        let bytes = Array(text.utf8)
        let value = CacheValue(held: bytes, coding: .identity, entityTag: EntityTag(of: bytes))
        return .set(value, tags: [Self.tag(key)], lifetime: Lifetime(fresh: .seconds(20)))
    }

    func partition(of key: CacheKey) -> Int32 { Int32(Int(key.bytes.last ?? 0) % partitions) }

    mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    func violation(_ checker: String, _ text: String) -> CacheViolation {
        CacheViolation(checker: checker, text: "seed \(seed), step \(step): \(text)")
    }
}
