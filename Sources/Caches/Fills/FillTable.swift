internal import Invalidations

/// Loads and leases of a shard: at most two for a key.
///
/// The second one is for readers who came after an invalidation, and the first can no longer be stored. Those who come
/// after a further one wait until the first has ended. Where there is a disk, a client may have a lease beside a load,
/// which only looks there; what the client brings counts.
struct FillTable {
    static let perKeyMax = 2

    /// The fills of one key.
    private struct KeyFills {
        /// The last one is the newest.
        var running: [UInt64] = []
        /// Readers who wait for a load that is still to begin.
        var queued: [WaiterID] = []
    }

    private let hasher: SipHash
    private var fills: [UInt64: Fill] = [:]
    private var keys: [CacheAddress: KeyFills] = [:]
    private var deadlines = TimerQueue<UInt64>()
    private var counter: UInt64
    private(set) var waiterCount = 0

    /// - Parameter shard: of the store: no two of its shards give a fill the same token.
    init(hasher: SipHash, shard: Int) {
        self.hasher = hasher
        counter = UInt64(truncatingIfNeeded: shard) << 48
    }

    var isEmpty: Bool { fills.isEmpty }
    var count: Int { fills.count }
    /// About what they hold.
    var byteCount: Int { fills.count * 320 + waiterCount * 24 + deadlines.count * 32 }
    var nextDeadline: CacheTime? { deadlines.nextDue.map(CacheTime.init(nanoseconds:)) }

    subscript(token: UInt64) -> Fill? { fills[token] }

    /// The newest fill of the key.
    func newest(_ address: CacheAddress) -> Fill? {
        keys[address]?.running.last.flatMap { fills[$0] }
    }

    /// The newest fill of the key that is of that kind.
    func newest(_ kind: Fill.Kind, _ address: CacheAddress) -> Fill? {
        keys[address]?.running.reversed().lazy.compactMap { fills[$0] }.first { $0.kind == kind }
    }

    func hasCapacity(_ address: CacheAddress) -> Bool {
        (keys[address]?.running.count ?? 0) < Self.perKeyMax
    }

    mutating func begin(
        _ kind: Fill.Kind, _ address: CacheAddress, tick: UInt64, now: CacheTime, deadline: CacheTime,
        previous: CacheEntry?
    ) -> Fill {
        var token: UInt64
        repeat {
            counter &+= 1
            token = hasher.hash(counter, domain: 1 << 63)
        } while fills[token] != nil
        let fill = Fill(
            token: token, address: address, kind: kind, startTick: tick, startedAt: now, deadline: deadline,
            previous: previous)
        fills[token] = fill
        keys[address, default: KeyFills()].running.append(token)
        deadlines.add(token, due: deadline.nanoseconds)
        return fill
    }

    mutating func addWaiter(_ waiter: Fill.Waiter, to token: UInt64) {
        fills[token]?.waiters.append(waiter)
        waiterCount += 1
    }

    mutating func queue(_ waiters: [WaiterID], _ address: CacheAddress) {
        guard !waiters.isEmpty else { return }
        keys[address, default: KeyFills()].queued += waiters
        waiterCount += waiters.count
    }

    /// Takes the readers who wait for a load that is still to begin.
    mutating func removeQueued(_ address: CacheAddress) -> [WaiterID] {
        guard let queued = keys[address]?.queued, !queued.isEmpty else { return [] }
        waiterCount -= queued.count
        keys[address]?.queued = []
        if keys[address]?.running.isEmpty == true { keys[address] = nil }
        return queued
    }

    mutating func markVoid(_ address: CacheAddress) {
        for token in keys[address]?.running ?? [] { fills[token]?.isVoid = true }
    }

    /// The fill is over; its waiters are the caller's.
    mutating func remove(_ token: UInt64) -> Fill? {
        guard let fill = fills.removeValue(forKey: token) else { return nil }
        waiterCount -= fill.waiters.count
        keys[fill.address]?.running.removeAll { $0 == token }
        if let left = keys[fill.address], left.running.isEmpty, left.queued.isEmpty { keys[fill.address] = nil }
        return fill
    }

    /// The next fill whose time is over.
    mutating func popOverdue(_ now: CacheTime) -> UInt64? {
        while let token = deadlines.pop(dueBy: now.nanoseconds) {
            if fills[token] != nil { return token }
        }
        return nil
    }

    var leases: [UInt64] { fills.values.filter { $0.kind == .lease }.map(\.token) }

    /// What does not agree with itself; nil where all does.
    func inconsistency() -> String? {
        let running = keys.values.reduce(0) { $0 + $1.running.count }
        if running != fills.count { return "fills: \(running) of \(fills.count)" }
        let waiting = fills.values.reduce(0) { $0 + $1.waiters.count } + keys.values.reduce(0) { $0 + $1.queued.count }
        if waiting != waiterCount { return "waiters: \(waiting) of \(waiterCount)" }
        for (address, key) in keys {
            if key.running.count > Self.perKeyMax { return "\(key.running.count) fills of \(address.key)" }
            if key.running.isEmpty { return "\(address.key) has no fill" }
        }
        return nil
    }
}
