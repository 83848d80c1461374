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

    private struct Known {
        var numbers: [Namespace: NamespaceNumber] = [:]
        var sources: [NamespaceNumber: Source] = [:]
    }

    let store: CacheStore
    let sync: LogSync
    /// Readers that wait for the tail.
    let gate: PositionGate
    let metrics: CacheMetrics
    let compression: ValueCompression
    let ownRequests = OwnRequests()
    let appliedRequests = AppliedRequests()
    let rollouts = RolloutStates()
    let doubtful = DoubtfulWrites()
    /// Nil where entries are in memory alone.
    let disk: DiskTier?
    /// Nil where the node mirrors nothing.
    let mirrors: MirrorStore?
    /// Nil where nothing is loaded before somebody asks.
    let warmings: Warmings?
    private let configuration: CacheConfiguration
    let hasOrigins: Bool
    private let sqlOrigins: [SQLOriginConfiguration: SQLOrigin]
    private let known = Mutex(Known())
    /// Hears what is invalidated of namespaces whose writes wait for a database.
    private let flushFirst = Mutex<(@Sendable (CacheSelectors, Namespace) -> Void)?>(nil)
    /// Of who makes a namespace known. Nobody else uses it before all of that is done.
    private let registration = Mutex(())

    init(
        _ configuration: CacheConfiguration, _ registry: MetricsRegistry,
        sqlOrigins: [SQLOriginConfiguration: SQLOrigin] = [:], log: Log
    ) throws {
        self.configuration = configuration
        self.sqlOrigins = sqlOrigins
        metrics = CacheMetrics(registry)
        compression = ValueCompression(from: configuration.compressedFrom, registry)
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
            self.disk = DiskTier(
                disk, queue, compressedFrom: configuration.compressedFrom, wake: wake, metrics: DiskMetrics(registry),
                log: log)
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

    func putScope(of namespace: Namespace) -> PutScope { configuration.putScope(of: namespace) }

    /// The namespace for a call that may bring entries into it; nil where there are too many namespaces.
    func register(_ namespace: Namespace) -> NamespaceNumber? {
        if let number = known.withLock({ $0.numbers[namespace] }) { return number }
        return registration.withLock { _ in
            if let number = known.withLock({ $0.numbers[namespace] }) { return number }
            let rules = configuration.rules(of: namespace)
            guard let number = store.register(namespace, rules) else { return nil }
            if let disk, isOnDisk(namespace) { disk.include(number, namespace) }
            if let warming = rules.warming { warmings?.add(number, namespace, warming) }
            let source = source(of: namespace, rules)
            known.withLock { known in
                known.sources[number] = source
                known.numbers[namespace] = number
            }
            return number
        }
    }

    private func source(of namespace: Namespace, _ rules: NamespaceRules) -> Source? {
        if let origin = configuration.origin(of: namespace) { return .http(namespace, origin, rules) }
        if let origin = sqlOrigin(of: namespace) { return .sql(origin, rules) }
        return isDurable(namespace) ? .database(namespace) : nil
    }

    /// Whether missing values of the namespace come from an origin.
    func hasOrigin(_ namespace: Namespace) -> Bool {
        hasOrigins && configuration.origin(of: namespace) != nil
    }

    /// How far rollouts are, of the namespaces with an origin that this node knows by name.
    var rolloutPhases: [Namespace: RolloutRecord.Phase] {
        let known = configuration.namedOrigins + store.namespaces.map(\.name).filter(hasOrigin)
        var phases = Dictionary(known.map { ($0, RolloutRecord.Phase.off) }) { first, _ in first }
        for (namespace, known) in rollouts.allActive { phases[namespace] = known.record.phase }
        return phases
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
        configuration.isShared && isReadThrough(namespace) && rollouts.active(namespace) == nil
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

    /// Has `flushFirst` told of invalidations of keys that may have a write which the database still needs. It must not
    /// wait for anybody.
    func setFlushFirst(_ flushFirst: @escaping @Sendable (CacheSelectors, Namespace) -> Void) {
        self.flushFirst.withLock { $0 = flushFirst }
    }

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

    /// Forgets a key that the main API may still change, now and in a while.
    func forgetRepeatedly(_ key: CacheKey, in namespace: Namespace) {
        forget(key, in: namespace)
        let oldest = doubtful.add(DoubtfulWrites.Name(namespace: namespace, key: key), .now())
        if let oldest { forget(oldest.key, in: oldest.namespace) }
    }

    /// Counts a read, of all and of its namespace.
    ///
    /// - Parameters:
    ///   - number: nil in a namespace that nobody has written to.
    ///   - isLoaded: the reader had to wait for a load that found nothing.
    func read(_ result: CacheMetrics.ReadResult, _ number: NamespaceNumber?, isLoaded: Bool = false) {
        metrics.read(result)
        guard let number else { return }
        switch result {
        case .hit, .stale, .negative: store.recordRead(number, isHit: !isLoaded)
        case .miss, .overtaken: store.recordRead(number, isHit: false)
        case .bypass: break
        }
    }

    func source(of number: NamespaceNumber) -> Source? { known.withLock { $0.sources[number] } }

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
    /// - Parameters:
    ///   - isOrdered: it has its position in the log, and was not to wait for its time.
    ///   - isDone: a call has forgotten it before it was published. Mirrors still have to hear of its position.
    func apply(
        _ selectors: Selectors, in namespace: Namespace, isSoft: Bool, sparing spared: SparedEntry?, isOrdered: Bool,
        isDone: Bool
    ) {
        guard !isDone else {
            mirrors?.invalidate(CacheSelectors(selectors), in: namespace, isOrdered: isOrdered, .now())
            return
        }
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
        flushWaiting(selectors, in: namespace)
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
        for (name, number) in store.namespaces {
            flushWaiting(CacheSelectors(everything: true), in: name)
            forgetEverything(in: number)
        }
    }

    /// Somebody may have changed what the database has: what waits for it is not to hide that for long.
    private func flushWaiting(_ selectors: CacheSelectors, in namespace: Namespace) {
        guard isDurable(namespace) || mayQueue(namespace) else { return }
        flushFirst.withLock { $0 }?(selectors, namespace)
    }

    /// Forgets what namespaces have whose keys have owners, and what is being loaded for them.
    func forgetOwned() {
        mirrors?.forgetEverything(.now())
        for (name, number) in store.namespaces where isOwned(name, number) { forgetEverything(in: number) }
    }

    /// What is on disk outlives a restart, and with it a change of owners.
    private func isOwned(_ name: Namespace, _ number: NamespaceNumber) -> Bool {
        isDurable(name) || mayQueue(name) || (sharesLoads(of: name) && disk(of: number) == nil)
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
