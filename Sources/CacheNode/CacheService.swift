internal import Caches
internal import Gateway
internal import Invalidations
internal import Runtime
internal import Synchronization

/// The store of a node, with what every call needs beside it.
final class CacheService: Sendable {
    /// Where missing values of a namespace come from.
    enum Source {
        case http(Namespace, OriginConfiguration, NamespaceRules)
        case sql(SQLOrigin, NamespaceRules)
        /// The main database, which durable writes go to.
        case database(Namespace)
    }

    let store: CacheStore
    let sync: LogSync
    /// Readers that wait for the tail.
    let gate: PositionGate
    let metrics: CacheMetrics
    let ownRequests = OwnRequests()
    let rollouts = RolloutStates()
    /// Nil where entries are in memory alone.
    let disk: DiskTier?
    /// Nil where the node mirrors nothing.
    let mirrors: MirrorStore?
    /// Nil where nothing is loaded before somebody asks.
    let warmings: Warmings?
    private let configuration: CacheConfiguration
    let hasOrigins: Bool
    private let sqlOrigins: [SQLOriginConfiguration: SQLOrigin]
    /// Of the namespaces that are known to the store.
    private let sources = Mutex<[NamespaceNumber: Source]>([:])

    init(
        _ configuration: CacheConfiguration, _ registry: MetricsRegistry,
        sqlOrigins: [SQLOriginConfiguration: SQLOrigin] = [:], log: Log
    ) throws {
        self.configuration = configuration
        self.sqlOrigins = sqlOrigins
        metrics = CacheMetrics(registry)
        hasOrigins = configuration.namespaces.contains { $0.origin != nil }
        // Nobody can aim at the slots of the tables.
        let seed = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
        let wake = configuration.disk == nil ? nil : try WakePipe()
        var wakeDisk: (@Sendable () -> Void)?
        if let wake { wakeDisk = { wake.wake() } }
        let mirrorBytes = configuration.mirrorBytes
        store = CacheStore(
            limit: configuration.memory - mirrorBytes, seed: seed, namespacesMax: configuration.namespacesMax,
            settings: configuration.fills, wakeDisk: wakeDisk)
        if let disk = configuration.disk, let wake, let queue = store.disk {
            self.disk = DiskTier(disk, queue, wake: wake, metrics: DiskMetrics(registry), log: log)
        } else {
            disk = nil
        }
        mirrors =
            mirrorBytes > 0
            ? MirrorStore(limit: mirrorBytes, seed: seed, namespacesMax: configuration.namespacesMax) : nil
        warmings = configuration.allRules.contains { $0.warming != nil } ? Warmings(metrics) : nil
        sync = LogSync(lagMax: configuration.lagMax)
        gate = PositionGate(sync, passingOver: configuration.server.topics.progress)
    }

    func rules(of namespace: Namespace) -> NamespaceRules { configuration.rules(of: namespace) }

    /// The namespace for a call that may bring entries into it; nil where there are too many namespaces.
    func register(_ namespace: Namespace) -> NamespaceNumber? {
        if let number = store.number(namespace) { return number }
        let rules = configuration.rules(of: namespace)
        guard let number = store.register(namespace, rules) else { return nil }
        if let disk, isOnDisk(namespace) { disk.include(number, namespace) }
        if let origin = configuration.origin(of: namespace) {
            sources.withLock { $0[number] = .http(namespace, origin, rules) }
        } else if let origin = sqlOrigin(of: namespace) {
            sources.withLock { $0[number] = .sql(origin, rules) }
        } else if isDurable(namespace) {
            sources.withLock { $0[number] = .database(namespace) }
        }
        if let warming = rules.warming { warmings?.add(number, namespace, warming) }
        return number
    }

    /// Whether missing values of the namespace come from an origin.
    func hasOrigin(_ namespace: Namespace) -> Bool {
        hasOrigins && configuration.origin(of: namespace) != nil
    }

    /// Whether missing values of the namespace are loaded from somewhere.
    func isReadThrough(_ namespace: Namespace) -> Bool { hasOrigin(namespace) || sqlOrigin(of: namespace) != nil }

    private func sqlOrigin(of namespace: Namespace) -> SQLOrigin? {
        sqlOrigins.isEmpty ? nil : configuration.sqlOrigin(of: namespace).flatMap { sqlOrigins[$0] }
    }

    /// The main API of a namespace; nil where clients bring its values.
    func origin(of namespace: Namespace) -> OriginConfiguration? {
        hasOrigins ? configuration.origin(of: namespace) : nil
    }

    /// Whether one node decides about each key of the namespace, although its values come from an origin.
    func ownsKeys(of namespace: Namespace) -> Bool { mayQueue(namespace) && rollouts.active(namespace) != nil }

    /// Whether nodes ask the owner of a key of the namespace, although each could load it: so that one load is enough.
    func sharesLoads(of namespace: Namespace) -> Bool {
        mayQueue(namespace) && configuration.isShared && rollouts.active(namespace) == nil
    }

    /// Which keys of the namespace the node mirrors; nil for none. In a rollout the main API may have to answer.
    func mirrorRules(of namespace: Namespace) -> MirrorRules? {
        guard mirrors != nil, let rules = rules(of: namespace).mirrors, rules.time > .zero else { return nil }
        return rollouts.active(namespace) == nil ? rules : nil
    }

    /// Whether a rollout may queue writes of the namespace.
    func mayQueue(_ namespace: Namespace) -> Bool { configuration.writes != nil && hasOrigin(namespace) }

    /// Whether entries of the namespace are on disk as well, where there is one: not what the log of writes has.
    func isOnDisk(_ namespace: Namespace) -> Bool { !isDurable(namespace) && !mayQueue(namespace) }

    /// Opens the file, and makes the namespaces known that it has entries of.
    func openDisk() throws -> [BackgroundThread] {
        guard let disk else { return [] }
        return try disk.open { [self] name in
            register(name).flatMap { self.disk(of: $0) == nil ? nil : $0 }
        }
    }

    /// The disk of a namespace; nil where its entries are in memory alone.
    func disk(of number: NamespaceNumber) -> DiskTier? {
        guard let disk, disk.queue.includes(number) else { return nil }
        return disk
    }

    /// Where the disk may have an entry; nil where it has none of the namespace.
    func addressOnDisk(_ target: EntryTarget) -> CacheAddress? {
        // Without a disk no read pays for one.
        guard disk != nil, let number = store.number(target.namespace), disk(of: number) != nil else { return nil }
        return store.address(number, target.key)
    }

    /// Forgets one key, and what is being loaded for it.
    func forget(_ key: CacheKey, in namespace: Namespace) {
        guard let number = store.number(namespace) else { return }
        _ = store.delete(store.address(number, key), .now())
    }

    func source(of number: NamespaceNumber) -> Source? { sources.withLock { $0[number] } }

    /// Whether writes of the namespace go to the log, and from there to the main database.
    func isDurable(_ namespace: Namespace) -> Bool { configuration.isDurable(namespace) }

    /// Invalidates for a client, who is told once the disk has it, too. It may wait for some seconds.
    ///
    /// - Returns: how many distinct entries readers would have got.
    func invalidate(_ selectors: Selectors, in namespace: Namespace, isSoft: Bool) -> Int {
        forget(selectors, in: namespace, isOrdered: false) { selectors, number in
            guard let disk = disk(of: number) else {
                return store.invalidate(selectors, in: number, isSoft: isSoft, .now())
            }
            return disk.count { store.invalidate(selectors, in: number, isSoft: isSoft, watcher: $0, .now()) }
        }
    }

    /// Invalidates what the log says.
    ///
    /// - Parameter isOrdered: it has its position in the log, and was not to wait for its time.
    func apply(
        _ selectors: Selectors, in namespace: Namespace, isSoft: Bool, sparing spared: SparedEntry?, isOrdered: Bool
    ) {
        _ = forget(selectors, in: namespace, isOrdered: isOrdered) { selectors, number in
            store.invalidate(selectors, in: number, isSoft: isSoft, sparing: spared, .now())
        }
    }

    /// - Parameter body: forgets in the store, and counts.
    private func forget(
        _ selectors: Selectors, in namespace: Namespace, isOrdered: Bool,
        _ body: (CacheSelectors, NamespaceNumber) -> Int
    ) -> Int {
        let selectors = CacheSelectors(selectors)
        mirrors?.invalidate(selectors, in: namespace, isOrdered: isOrdered, .now())
        // A namespace that nobody has written to has nothing to forget.
        guard let number = store.number(namespace) else { return 0 }
        disk?.awaitCapacity()
        let count = body(selectors, number)
        warmings?.invalidated(selectors, in: number, .now())
        metrics.invalidated.increment(by: UInt64(count))
        return count
    }

    func forgetEverything() {
        mirrors?.forgetEverything(.now())
        for (_, number) in store.namespaces { forgetEverything(in: number) }
    }

    /// Forgets what durable namespaces have, and what is being loaded for them.
    func forgetDurable() {
        mirrors?.forgetEverything(.now())
        for (name, number) in store.namespaces where isDurable(name) || mayQueue(name) { forgetEverything(in: number) }
    }

    private func forgetEverything(in number: NamespaceNumber) {
        _ = store.invalidate(CacheSelectors(everything: true), in: number, .now())
    }
}

extension CacheTime {
    static func now() -> CacheTime { CacheTime(MonotonicTime.now()) }

    init(_ time: MonotonicTime) {
        self.init(nanoseconds: time.nanoseconds)
    }
}
