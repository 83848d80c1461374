internal import CacheWrites
internal import Caches
internal import Invalidations

/// Brings what the log of writes says into the store, on the follower's thread.
struct StoreObserver: WriteObserver {
    let service: CacheService

    func didApply(_ write: PendingWrite, namespace: Namespace) {
        // Where there are too many namespaces reads are refused, too.
        guard service.isDurable(namespace) || service.mayQueue(namespace), let number = service.register(namespace)
        else { return }
        let address = service.store.address(number, write.address.key)
        switch write.change {
        case .set(let value, let tags, let lifetime):
            _ = service.store.set(address, service.compression.held(value), tags: tags, lifetime: lifetime, .now())
        case .delete: _ = service.store.delete(address, .now())
        }
    }

    func mustForget(namespace: Namespace, key: CacheKey) {
        service.rollouts.known(namespace)?.counts.becameDead()
        service.forget(key, in: namespace)
    }

    /// Others write what this node no longer owns, and it does not hear of that.
    func didChangeOwnership(of partition: Int32, isOwned: Bool) {
        if !isOwned { service.forgetOwned() }
    }
}
