internal import Basics
internal import Caches
internal import Invalidations
internal import Synchronization

/// Seeded world of a store with a disk: readers, writes, invalidations, a writer, and crashes between their steps.
///
/// Some invalidations stand in a log, which is read from where the disk says after a crash. Others are of clients, who
/// are told once the disk has them. No reader may get what was invalidated before it came, whatever crashed meanwhile.
struct DiskWorld {
    private struct Read {
        let order: LoadOrder
        var look: DiskLook?
    }

    private struct Lease {
        let token: FillToken
        let key: CacheKey
        /// What the client has read at the source, and in which step; nil until then.
        var value: (made: Int, value: CacheValue, tags: [String])?
    }

    private struct Count {
        let watcher: SweepWatcher
        let known: Set<UInt64>
        let expected: Int
        let step: Int
    }

    /// Steps whose clients were told, and counts that are done. Closures of the queue write to it.
    private final class Told: Sendable {
        let steps = Mutex<Set<Int>>([])
        let counted = Mutex<Set<Int>>([])
    }

    private static let name = Namespace.default

    private let seed: UInt64
    private var random: SplitMix64
    private var store: CacheStore
    private var namespace = NamespaceNumber(value: 0)
    private let disk: SimulatedDisk
    private var writer: DiskWriter<SimulatedDisk>
    private var now = CacheTime(nanoseconds: 0)
    private var step = 0
    private var oracle = RaceOracle()
    private var told = Told()
    /// Steps of clients who were not told yet.
    private var open: Set<Int> = []
    private var log: [(step: Int, selectors: CacheSelectors, isSoft: Bool)] = []
    private var applied = 0
    private var reads: [Read] = []
    private var leases: [Lease] = []
    private var counts: [Count] = []
    private let keys: [CacheKey]
    private let tags: [String]
    private let isLarge: Bool
    private let budget: Int

    init(seed: UInt64) {
        self.seed = seed
        random = SplitMix64(state: seed &* 0xA076_1D64_78BD_642F)
        let urls = (0..<Int.random(in: 1...8, using: &random)).map { "https://example.com/\($0 % 3)/\($0)" }
        keys = urls.flatMap { URLKey.keys(url: $0) }
        tags = (0..<Int.random(in: 1...4, using: &random)).map { "tag-\($0)" }
        isLarge = Int.random(in: 0...1, using: &random) == 0
        disk = SimulatedDisk(namespace, rowsMax: isLarge ? .max : Int.random(in: 1...4, using: &random))
        budget = Int.random(in: 1...4, using: &random)
        store = Self.makeStore(&random)
        writer = DiskWriter(Self.queue(store), disk, budget: budget)
        openStore()
    }

    private static func makeStore(_ random: inout SplitMix64) -> CacheStore {
        // Small in half of the worlds, so that memory evicts what the disk keeps.
        let limit = Int.random(in: 0...1, using: &random) == 0 ? 24 << 10 : 1 << 20
        return CacheStore(
            limit: limit, seed: (random.next(), random.next()), shards: Int.random(in: 0...1, using: &random) + 1,
            namespacesMax: 1, wakeDisk: {})
    }

    /// A store with a disk has a queue to it.
    private static func queue(_ store: CacheStore) -> DiskQueue {
        guard let disk = store.disk else { preconditionFailure("a store that was made with a disk") }
        return disk
    }

    private var queue: DiskQueue { Self.queue(store) }

    private mutating func openStore() {
        if let number = store.register(Self.name) { namespace = number }
        queue.restore(nextSequence: disk.committed.sequence + 1, sweeps: disk.sweeps)
        queue.include(namespace)
        writer = DiskWriter(queue, disk, sweeps: disk.sweeps, budget: budget)
    }

    mutating func run() -> CacheViolation? {
        do throws(CacheViolation) {
            for _ in 0..<400 {
                step += 1
                if int(0...3) == 0 { now = now + .milliseconds(int(1...400)) }
                try act()
            }
            try checkEnd()
            return nil
        } catch {
            return error
        }
    }

    // MARK: Steps

    private mutating func act() throws(CacheViolation) {
        switch int(0...22) {
        case 20: try acquireLease()
        case 21, 22: continueLease()
        case 0...4: try read()
        case 5...7: try continueRead()
        case 8...10: write()
        case 11, 12: invalidateAsClient()
        case 13: publish()
        case 14, 15: applyLog()
        case 16...18: try writeToDisk()
        default: if int(0...7) == 0 { crash() }
        }
    }

    private mutating func read() throws(CacheViolation) {
        let key = keys[int(0...(keys.count - 1))]
        let waiter = oracle.arrive(key, at: step)
        switch store.read(store.address(namespace, key), waiter, now) {
        case .hit(let entry, let isStale, _): try oracle.answer([waiter], entry, isStale: isStale)
        case .load(let order): reads.append(Read(order: order))
        case .joined: break
        case .absent, .refused: oracle.forget([waiter])
        }
    }

    /// First the queue is asked, then the disk, then the store: anything may happen in between.
    private mutating func continueRead() throws(CacheViolation) {
        guard !reads.isEmpty else { return }
        let index = int(0...(reads.count - 1))
        guard let look = reads[index].look else {
            reads[index].look = queue.look(reads[index].order.address)
            return
        }
        let read = reads.remove(at: index)
        var found: CacheEntry?
        switch look {
        case .found(let entry): found = entry
        case .missing: break
        case .onDisk(let sweeps):
            if let row = disk.read(read.order.address.key), !sweeps.hide(row.entry, sequence: row.sequence) {
                found = row.entry
            }
        }
        if let entry = found, entry.freshness(now) == .dead { found = nil }
        let end = store.finishLoad(read.order, found.map { .onDisk($0, mayLoad: false) } ?? .nowhere, now)
        for (waiters, answer) in end.answers {
            switch answer {
            case .entry(let entry, let isStale): try oracle.answer(waiters, entry, isStale: isStale)
            case .absent, .failed: oracle.forget(waiters)
            }
        }
        if let order = end.next { reads.append(Read(order: order)) }
    }

    private mutating func acquireLease() throws(CacheViolation) {
        let key = keys[int(0...(keys.count - 1))]
        let reader = oracle.arrive(key, at: step)
        switch store.acquireLease(store.address(namespace, key), now) {
        case .found(let entry, let freshness): try oracle.answer([reader], entry, isStale: freshness != .fresh)
        case .renewed(let entry, let token):
            try oracle.answer([reader], entry, isStale: true)
            leases.append(Lease(token: token, key: key))
        case .won(let token, _):
            oracle.forget([reader])
            leases.append(Lease(token: token, key: key))
        case .refused: oracle.forget([reader])
        }
    }

    /// First the client asks its source, then it brings what that said.
    private mutating func continueLease() {
        guard !leases.isEmpty else { return }
        let index = int(0...(leases.count - 1))
        guard let (made, value, tags) = leases[index].value else {
            leases[index].value = (step, randomValue(leases[index].key), randomTags())
            return
        }
        let lease = leases.remove(at: index)
        let (end, next) = store.finishLease(
            lease.token, store.address(namespace, lease.key), value, tags: tags, lifetime: randomLifetime(), now)
        if let next { reads.append(Read(order: next)) }
        guard end == .stored else { return }
        oracle.bring(lease.key, made: made, at: step)
        awaitDisk()
    }

    private mutating func randomValue(_ key: CacheKey) -> CacheValue {
        let text = Array("\(step) \(key)".utf8)
        let filling = [UInt8](repeating: 0x20, count: int(0...600))
        return CacheValue(held: text + filling, coding: .identity, entityTag: EntityTag(of: text))
    }

    private mutating func randomTags() -> [String] { tags.filter { _ in int(0...2) == 0 } }

    private mutating func randomLifetime() -> Lifetime {
        Lifetime(fresh: .milliseconds(int(1...20_000)), staleWhileRevalidate: .milliseconds(int(0...1) * 500))
    }

    private mutating func write() {
        let key = keys[int(0...(keys.count - 1))]
        oracle.invalidate(CacheSelectors(keys: [key]), at: step)
        let address = store.address(namespace, key)
        if int(0...2) == 0 {
            _ = store.delete(address, now)
        } else {
            _ = store.set(address, randomValue(key), tags: randomTags(), lifetime: randomLifetime(), now)
        }
        awaitDisk()
    }

    private mutating func awaitDisk() {
        open.insert(step)
        let (told, step) = (told, step)
        queue.afterCommit { told.steps.withLock { _ = $0.insert(step) } }
    }

    private mutating func randomSelectors() -> CacheSelectors {
        var selectors = CacheSelectors()
        if int(0...2) == 0 { selectors.keys = [keys[int(0...(keys.count - 1))]] }
        if int(0...1) == 0 { selectors.tags = [tags[int(0...(tags.count - 1))]] }
        if int(0...5) == 0 { selectors.prefixes = URLKey.prefixes(url: "https://example.com/\(int(0...2))") }
        if int(0...9) == 0 { selectors.everything = true }
        return selectors
    }

    private mutating func invalidateAsClient() {
        let (selectors, isSoft) = (randomSelectors(), int(0...3) == 0)
        let expected = visibleCount(selectors)
        oracle.invalidate(selectors, isSoft: isSoft, at: step)
        let (told, step) = (told, step)
        let watcher = SweepWatcher { told.counted.withLock { _ = $0.insert(step) } }
        let known = store.invalidate(selectors, in: namespace, isSoft: isSoft, watcher: watcher, now)
        counts.append(Count(watcher: watcher, known: Set(known), expected: expected, step: step))
        awaitDisk()
    }

    private mutating func publish() {
        log.append((step, randomSelectors(), int(0...3) == 0))
    }

    private mutating func applyLog() {
        guard applied < log.count else { return }
        let request = log[applied]
        applied += 1
        oracle.invalidate(request.selectors, isSoft: request.isSoft, at: step)
        log[applied - 1].step = step
        _ = store.invalidate(request.selectors, in: namespace, isSoft: request.isSoft, now)
        tellApplied()
    }

    private func tellApplied() {
        queue.applied(
            DiskPositions(cluster: nil, [DiskPosition(topic: "log", partition: 0, next: Int64(applied))]))
    }

    private mutating func writeToDisk() throws(CacheViolation) {
        do { _ = try writer.write(changesMax: int(1...6)) } catch { throw violation("disk", "\(error)") }
        open.subtract(told.steps.withLock { $0 })
        let counted = told.counted.withLock { $0 }
        for count in counts where counted.contains(count.step) {
            let found = count.known.count + count.watcher.count(beside: count.known)
            guard found == count.expected else {
                throw violation("counts", "step \(count.step): \(found) entries counted, \(count.expected) were there")
            }
        }
        counts.removeAll { counted.contains($0.step) }
    }

    /// Memory is gone, and what the disk has is there. The log is read from where the disk says.
    private mutating func crash() {
        oracle.retract(open)
        oracle.forgetReaders()
        (open, reads, leases, counts, told) = ([], [], [], [], Told())
        store = Self.makeStore(&random)
        openStore()
        applied = Int(disk.committed.positions)
        while applied < log.count { applyLog() }
    }

    // MARK: The end

    /// What nothing has invalidated is there after a crash.
    private mutating func checkEnd() throws(CacheViolation) {
        for _ in 0..<2_000 { try writeToDisk() }
        guard open.isEmpty, counts.isEmpty else { throw violation("answers", "\(open.count) are never told") }
        step += 1
        write()
        let key = keys[0]
        let text = Array("\(step)".utf8)
        let value = CacheValue(held: text, coding: .identity, entityTag: EntityTag(of: text))
        oracle.invalidate(CacheSelectors(keys: [key]), at: step)
        let address = store.address(namespace, key)
        guard store.set(address, value, tags: [], lifetime: Lifetime(fresh: .seconds(60)), now) else { return }
        for _ in 0..<50 { try writeToDisk() }
        while applied < log.count { applyLog() }
        guard disk.read(key) != nil || applied != Int(disk.committed.positions) else {
            throw violation("kept", "a write is not on the disk")
        }
    }

    private func visibleCount(_ selectors: CacheSelectors) -> Int {
        var visible = Dictionary(
            store.visibleEntries(namespace, now).map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        for key in keys where visible[key] == nil {
            switch queue.look(store.address(namespace, key)) {
            case .found(let entry): if now < entry.deadAt { visible[key] = entry }
            case .missing: break
            case .onDisk(let sweeps):
                guard let row = disk.read(key), now < row.entry.deadAt else { continue }
                if !sweeps.hide(row.entry, sequence: row.sequence) { visible[key] = row.entry }
            }
        }
        return visible.values.filter { RaceOracle.covers(selectors, $0.key, $0.tags) }.count
    }

    private func violation(_ checker: String, _ text: String) -> CacheViolation {
        CacheViolation(checker: checker, text: "seed \(seed), step \(step): \(text)")
    }

    private mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
}
