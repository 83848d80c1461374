internal import Caches
internal import Invalidations
internal import Runtime
internal import Synchronization

/// What namespaces load behind invalidations before anybody asks.
final class Warmings: Sendable {
    private struct Member {
        let name: Namespace
        var warming: Warming
    }

    private let metrics: CacheMetrics
    private let members = Mutex<[NamespaceNumber: Member]>([:])

    init(_ metrics: CacheMetrics) {
        self.metrics = metrics
    }

    /// Keys that wait for their load.
    var queuedCount: Int { members.withLock { $0.values.reduce(0) { $0 + $1.warming.queuedCount } } }

    func add(_ number: NamespaceNumber, _ name: Namespace, _ rules: WarmingRules) {
        members.withLock { members in
            if members[number] == nil { members[number] = Member(name: name, warming: Warming(rules)) }
        }
    }

    func recordRead(_ address: CacheAddress, _ now: CacheTime) {
        members.withLock { _ = $0[address.namespace]?.warming.recordRead(address, now) }
    }

    func recordLoad(_ order: LoadOrder, _ result: LoadResult, _ now: CacheTime) {
        let (tags, lifetime): ([String], Lifetime)
        switch result {
        case .value(_, let loaded, let times, _): (tags, lifetime) = (loaded, times)
        case .unchanged(let times): (tags, lifetime) = (order.tags, times)
        // What the disk had cost no load.
        case .absent, .failed, .onDisk, .nowhere: return
        }
        members.withLock {
            _ = $0[order.address.namespace]?.warming.recordLoad(order, tags: tags, fresh: lifetime.fresh, now)
        }
    }

    func invalidated(_ selectors: CacheSelectors, in number: NamespaceNumber, _ now: CacheTime) {
        members.withLock { _ = $0[number]?.warming.invalidated(selectors, now) }
    }

    /// The loads whose turn has come. They are begun in the store, and to be carried out as all others.
    func due(_ service: CacheService, _ journal: WriteJournal?) -> [LoadOrder] {
        let now = MonotonicTime.now()
        // What the node does not know of could be loaded from before its invalidation.
        guard service.sync.isSynced(now) else { return [] }
        let turns = members.withLock { members in
            var turns: [(name: Namespace, address: CacheAddress)] = []
            // A list of their own: members that a loop still holds would be copied when they change.
            for number in Array(members.keys) {
                guard let name = members[number]?.name else { continue }
                while let address = members[number]?.warming.next(CacheTime(now)) { turns.append((name, address)) }
            }
            return turns
        }
        let orders = turns.compactMap { name, address in
            Self.isOwn(name, address, service, journal) ? service.store.warm(address, CacheTime(now)) : nil
        }
        metrics.hotKeys.warmed.increment(by: UInt64(orders.count))
        return orders
    }

    /// Whether this node answers for the key, and the database has its newest write.
    private static func isOwn(
        _ namespace: Namespace, _ address: CacheAddress, _ service: CacheService, _ journal: WriteJournal?
    ) -> Bool {
        guard let journal, service.isDurable(namespace) || service.mayQueue(namespace) else { return true }
        return journal.ownership(of: namespace, address.key) == .owned
            && journal.unflushed(namespace, address.key) == nil
    }
}
