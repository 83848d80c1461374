internal import Caches

// Loads that the disk answers.
extension OriginLoader {
    /// - Parameter entry: what the disk has; nil for nothing.
    func endSearch(of entry: CacheEntry?, _ order: LoadOrder) {
        let hasSource = service.source(of: order.address.namespace) != nil
        guard let entry else { return loadFromSource(order) }
        switch entry.freshness(.now()) {
        case .fresh, .stale: finish(order, .onDisk(entry, mayLoad: hasSource))
        case .staleIfError where hasSource: finish(order, .onDisk(entry, mayLoad: true))
        case .staleIfError, .dead: loadFromSource(order)
        }
    }

    /// Reads what memory does not have of a namespace whose values clients bring.
    ///
    /// - Parameter answer: called once, on any thread; with nil where the disk has nothing, either.
    func readDisk(_ address: CacheAddress, _ answer: @escaping @Sendable (CacheEntry?) -> Void) {
        // Before the store is asked: a load that is under way may end at any time.
        let waiter = readers.add { end, _, _ in
            if case .entry(let entry, _) = end { answer(entry) } else { answer(nil) }
        }
        switch service.store.read(address, waiter, .now()) {
        case .load(let order): startLoad(order)
        case .joined: break
        case .hit(let entry, _, let load):
            _ = readers.remove(waiter)
            if let load { startLoad(load) }
            answer(entry)
        case .absent, .refused:
            _ = readers.remove(waiter)
            answer(nil)
        }
    }
}
