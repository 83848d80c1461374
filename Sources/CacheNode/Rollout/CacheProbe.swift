internal import Caches
internal import Invalidations
internal import Runtime

/// Reads a key as a client would that the cache answers, for a comparison.
struct CacheProbe: Sendable {
    enum Finding: Sendable {
        /// Nil where there is nothing.
        case value(CacheValue?)
        case failed
    }

    let service: CacheService
    let loader: OriginLoader

    /// - Parameter answer: called once, on any thread.
    func read(
        _ namespace: Namespace, _ key: CacheKey, _ answer: @escaping @Sendable (Finding, _ time: Duration) -> Void
    ) {
        let time = MonotonicTime.now()
        guard service.sync.isSynced(time), let number = service.register(namespace) else {
            return answer(.failed, .zero)
        }
        let waiter = loader.readers.add { end, _, _ in
            switch end {
            case .entry(let entry, _): answer(.value(entry.value), .now() - time)
            case .absent: answer(.value(nil), .now() - time)
            case .failed: answer(.failed, .now() - time)
            }
        }
        switch service.store.read(service.store.address(number, key), waiter, CacheTime(time)) {
        case .load(let order): loader.startLoad(order)
        case .joined: loader.readers.markCollapsed(waiter)
        case .hit(let entry, _, let load):
            _ = loader.readers.remove(waiter)
            if let load { loader.startLoad(load) }
            answer(.value(entry.value), .now() - time)
        case .absent:
            _ = loader.readers.remove(waiter)
            answer(.value(nil), .now() - time)
        case .refused:
            _ = loader.readers.remove(waiter)
            answer(.failed, .now() - time)
        }
    }
}
