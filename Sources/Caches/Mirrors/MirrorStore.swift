public import Invalidations
internal import Synchronization

/// Copies of hot entries that other nodes own, each for a second at most.
///
/// A copy is a lease that this store gives to the node itself: what was invalidated since its start is not kept. Before
/// it is begun, the caller finds out how much of the log it knows, and has the owner know as much.
public final class MirrorStore: Sendable {
    public enum Finding: Sendable {
        case mirror(CacheEntry)
        /// The caller asks the owner, and brings what it says.
        case begin(MirrorStart)
        /// The owner is asked as if there were no mirrors.
        case pass
    }

    /// Other nodes hear of an invalidation by call within this time, or are said to be away.
    package static let pause = Duration.seconds(5)

    private let store: CacheStore
    private let hot = Mutex(HotKeys())
    private let pauses: Mutex<MirrorPauses>

    /// - Parameters:
    ///   - limit: bytes of memory.
    ///   - seed: of the hash, such as random numbers.
    public init(limit: Int, seed: (UInt64, UInt64), namespacesMax: Int) {
        var settings = FillSettings()
        settings.leaseTime = MirrorRules.timeMax
        pauses = Mutex(MirrorPauses(namespacesMax: namespacesMax))
        store = CacheStore(limit: limit, seed: seed, namespacesMax: namespacesMax, settings: settings)
    }

    public var limit: Int { store.limit }
    public var byteCount: Int { store.byteCount }
    public var count: Int { store.count }

    /// Counts a read of a key that another node owns, and says what becomes of it.
    ///
    /// - Parameter isExact: the reader wants what the owner has.
    public func find(
        _ namespace: Namespace, _ key: CacheKey, _ rules: MirrorRules, isExact: Bool, _ now: CacheTime
    ) -> Finding {
        guard let number = store.number(namespace) ?? store.register(namespace) else { return .pass }
        let address = store.address(number, key)
        let heat = hot.withLock { $0.record(address.hash, now) }
        guard !isExact else { return .pass }
        if case .found(let entry, .fresh) = store.lookup(address, now) { return .mirror(entry) }
        guard heat > rules.above, case .won(let token, _) = store.acquireLease(address, now) else { return .pass }
        // Looked at once the lease is there: an invalidation pauses first, and makes leases void then.
        guard !pauses.withLock({ $0.isPaused(namespace, now) }) else { return .pass }
        return .begin(MirrorStart(token: token, address: address, time: rules.time))
    }

    /// Keeps what the owner said.
    ///
    /// - Parameters:
    ///   - age: of the entry, when the owner said it.
    ///   - fresh: how long it stays fresh there.
    /// - Returns: whether it is kept: nothing that means it was invalidated since the start.
    public func finish(
        _ start: MirrorStart, _ value: CacheValue, tags: [String], age: Duration, fresh: Duration, _ now: CacheTime
    ) -> Bool {
        let lifetime = Lifetime(fresh: min(start.time, fresh))
        guard lifetime.fresh > .zero else { return false }
        return store.finishLease(
            start.token, start.address, value, tags: tags, lifetime: lifetime, age: age, now
        ).end == .stored
    }

    /// Forgets one key, and what is on its way: it was written.
    public func drop(_ key: CacheKey, in namespace: Namespace, _ now: CacheTime) {
        guard let number = store.number(namespace) else { return }
        _ = store.delete(store.address(number, key), now)
    }

    /// Forgets what the selectors mean, and what is on its way.
    ///
    /// - Parameter isOrdered: it has its position in the log, so that an owner can be asked to know it.
    public func invalidate(
        _ selectors: CacheSelectors, in namespace: Namespace, isOrdered: Bool, _ now: CacheTime
    ) {
        if !isOrdered { pauses.withLock { $0.pause(namespace, until: now + Self.pause, now) } }
        guard let number = store.number(namespace) else { return }
        _ = store.invalidate(selectors, in: number, now)
    }

    public func forgetEverything(_ now: CacheTime) {
        for (_, number) in store.namespaces {
            _ = store.invalidate(CacheSelectors(everything: true), in: number, now)
        }
    }

    /// Ends what has waited too long for its owner.
    public func expire(_ now: CacheTime) { _ = store.expireFills(now) }
}

/// A mirror on its way from the owner of its key.
public struct MirrorStart: Sendable {
    let token: FillToken
    let address: CacheAddress
    let time: Duration

    package var key: CacheKey { address.key }
}
