internal import Caches
internal import Invalidations
internal import Runtime
internal import Synchronization

/// The store of a node, with what every call needs beside it.
final class CacheService: Sendable {
    /// An origin with what else a load needs to know.
    typealias KnownOrigin = (namespace: Namespace, origin: OriginConfiguration, rules: NamespaceRules)

    let store: CacheStore
    let sync: LogSync
    let metrics: CacheMetrics
    let ownRequests = OwnRequests()
    private let configuration: CacheConfiguration
    private let hasOrigins: Bool
    /// Of the namespaces that are known to the store.
    private let origins = Mutex<[NamespaceNumber: KnownOrigin]>([:])

    init(_ configuration: CacheConfiguration, metrics: CacheMetrics) {
        self.configuration = configuration
        self.metrics = metrics
        hasOrigins = configuration.namespaces.contains { $0.origin != nil }
        // Nobody can aim at the slots of the tables.
        let seed = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
        store = CacheStore(
            limit: configuration.memory, seed: seed, namespacesMax: configuration.namespacesMax,
            settings: configuration.fills)
        sync = LogSync(lagMax: configuration.lagMax)
    }

    func rules(of namespace: Namespace) -> NamespaceRules { configuration.rules(of: namespace) }

    /// The namespace for a call that may bring entries into it; nil where there are too many namespaces.
    func register(_ namespace: Namespace) -> NamespaceNumber? {
        if let number = store.number(namespace) { return number }
        let rules = configuration.rules(of: namespace)
        guard let number = store.register(namespace, rules) else { return nil }
        if let origin = configuration.origin(of: namespace) {
            origins.withLock { $0[number] = (namespace, origin, rules) }
        }
        return number
    }

    /// Whether missing values of the namespace come from an origin.
    func hasOrigin(_ namespace: Namespace) -> Bool {
        hasOrigins && configuration.origin(of: namespace) != nil
    }

    func origin(of number: NamespaceNumber) -> KnownOrigin? { origins.withLock { $0[number] } }

    /// - Returns: how many distinct entries readers would have got.
    func invalidate(
        _ selectors: Selectors, in namespace: Namespace, isSoft: Bool, sparing spared: SparedEntry? = nil
    ) -> Int {
        // A namespace that nobody has written to has nothing to forget.
        guard let number = store.number(namespace) else { return 0 }
        let count = store.invalidate(
            CacheSelectors(selectors), in: number, isSoft: isSoft, sparing: spared, .now())
        metrics.invalidated.increment(by: UInt64(count))
        return count
    }

    func forgetEverything() {
        for (_, number) in store.namespaces {
            _ = store.invalidate(CacheSelectors(everything: true), in: number, .now())
        }
    }

    /// Carries out what a client writes. Every write passes here, alone or in a batch.
    ///
    /// Nothing outlives the process so far. A journal comes in here: it records the write first, and carries it out
    /// once that is certain, which is why the answer is handed to a closure.
    func perform(_ write: CacheWrite, _ answer: (CacheWrite.Outcome) -> Void) {
        if case .delete = write.change, store.number(write.namespace) == nil {
            return answer(write.condition.holds(for: nil) ? .done : .conditionFailed)
        }
        guard let number = register(write.namespace) else { return answer(.tooManyNamespaces) }
        let address = store.address(number, write.key)
        switch write.change {
        case .delete: answer(CacheWrite.Outcome(store.delete(address, if: write.condition, .now())))
        case .set(let value, let tags, let lifetime):
            guard let lease = write.lease else {
                let outcome = store.set(
                    address, value, tags: tags, lifetime: lifetime, if: write.condition, .now())
                return answer(CacheWrite.Outcome(outcome))
            }
            // No reader waits behind a lease: namespaces with an origin give none.
            let end = store.finishLease(lease, address, value, tags: tags, lifetime: lifetime, .now()).end
            answer(CacheWrite.Outcome(end))
        }
    }
}

extension CacheTime {
    static func now() -> CacheTime { CacheTime(MonotonicTime.now()) }

    init(_ time: MonotonicTime) {
        self.init(nanoseconds: time.nanoseconds)
    }
}
