internal import Basics

/// Which invalidated keys of a namespace are loaded before anybody asks, and when.
///
/// It decides, and loads nothing: each key goes the way of all loads. It knows keys that were loaded before.
public struct Warming: Sendable {
    /// Keys that wait for their load.
    package static let queueMax = 1_024
    /// A turn that comes late makes up for this much.
    private static let lateMax = Duration.milliseconds(500)

    private let rules: WarmingRules
    private var table: ReuseTable
    /// The first one is next.
    private var queue: [CacheAddress] = []
    private var queued: Set<CacheAddress> = []
    private var nextAt = CacheTime(nanoseconds: .min)

    public init(_ rules: WarmingRules, keysMax: Int = 16_384, bytesMax: Int = 8 << 20) {
        self.rules = rules
        table = ReuseTable(window: rules.window, keysMax: keysMax, bytesMax: bytesMax)
    }

    /// Keys that wait for their load.
    public var queuedCount: Int { queue.count }
    package var knownCount: Int { table.count }
    package var byteCount: Int { table.bytes }

    /// Somebody has asked for the key.
    public mutating func recordRead(_ address: CacheAddress, _ now: CacheTime) { table.recordRead(address, now) }

    /// A load has brought a value.
    public mutating func recordLoad(_ order: LoadOrder, tags: [String], fresh: Duration, _ now: CacheTime) {
        table.recordLoad(order.address, tags: tags, fresh: fresh, cost: now.since(order.startedAt), now)
    }

    /// What is saved by a load in advance: the reads that are expected before the entry expires, each as long as a
    /// load. Nil for keys that are not known.
    package func worth(_ address: CacheAddress, _ now: CacheTime) -> Duration? {
        guard let known = table[address] else { return nil }
        let expected = table.rate(known, now) * Double(known.fresh.nanoseconds) * 1e-9
        return .nanoseconds(Int64(min(expected * Double(known.cost.nanoseconds), 9e18)))
    }

    /// Chooses what to load behind an invalidation: the keys of most worth, and none below the floor.
    ///
    /// - Returns: how many were chosen.
    @discardableResult
    public mutating func invalidated(_ selectors: CacheSelectors, _ now: CacheTime) -> Int {
        let worthy = table.meant(selectors).compactMap { address -> (CacheAddress, Duration)? in
            guard !queued.contains(address), let worth = worth(address, now), worth > rules.floor else { return nil }
            return (address, worth)
        }
        // By key where two are worth the same, so that the choice is the same each time.
        let chosen = worthy.sorted {
            $0.1 == $1.1 ? $0.0.key.bytes.lexicographicallyPrecedes($1.0.key.bytes) : $0.1 > $1.1
        }.prefix(min(rules.keysMax, Self.queueMax - queue.count))
        if queue.isEmpty { nextAt = max(nextAt, now) }
        for (address, _) in chosen {
            queue.append(address)
            queued.insert(address)
        }
        return chosen.count
    }

    /// The next key whose load may begin; nil where none waits, or its turn has not come.
    public mutating func next(_ now: CacheTime) -> CacheAddress? {
        guard !queue.isEmpty, nextAt <= now else { return nil }
        nextAt = max(nextAt, now + (.zero - Self.lateMax)) + .seconds(1) / max(1, rules.perSecond)
        let address = queue.removeFirst()
        queued.remove(address)
        return address
    }
}
