internal import Caches
internal import Invalidations

/// Carries out what clients write. Every write passes here, alone or in a batch.
struct CacheWriter: Sendable {
    let service: CacheService
    /// Nil where entries are in memory only.
    let journal: WriteJournal?
    /// Finds what is on disk alone.
    let loader: OriginLoader

    /// What an answer says of the durability of its writes.
    func durability(of write: CacheWrite) -> String {
        guard let journal = journal(for: write), journal.isLogDurable else { return "memory" }
        return "log"
    }

    /// - Parameter answer: called once, on any thread.
    func perform(_ write: CacheWrite, _ answer: @escaping @Sendable (CacheWrite.Outcome) -> Void) {
        if let journal = journal(for: write) { return journal.append(write, answer) }
        guard let disk = service.disk, service.isOnDisk(write.namespace) else { return answer(performInMemory(write)) }
        // What is answered must not be undone by a restart.
        let perform: @Sendable () -> Void = {
            let outcome = performInMemory(write)
            disk.queue.afterCommit { answer(outcome) }
        }
        // The condition is about what readers get, wherever it is.
        guard write.condition != .none, let number = service.store.number(write.namespace) else { return perform() }
        let address = service.store.address(number, write.key)
        guard case .miss = service.store.lookup(address, .now()) else { return perform() }
        loader.readDisk(address) { _ in perform() }
    }

    /// What records the writes of a namespace, and knows who owns its keys; nil where they are in memory only.
    func journal(of namespace: Namespace) -> WriteJournal? {
        service.isDurable(namespace) || service.ownsKeys(of: namespace) ? journal : nil
    }

    /// What comes with a lease is what the client has read in the database.
    private func journal(for write: CacheWrite) -> WriteJournal? {
        write.lease == nil ? journal(of: write.namespace) : nil
    }

    private func performInMemory(_ write: CacheWrite) -> CacheWrite.Outcome {
        let store = service.store
        if case .delete = write.change, store.number(write.namespace) == nil {
            return write.condition.holds(for: nil as CacheEntry?) ? .done : .conditionFailed
        }
        guard let number = service.register(write.namespace) else { return .tooManyNamespaces }
        let address = store.address(number, write.key)
        switch write.change {
        case .delete: return CacheWrite.Outcome(store.delete(address, if: write.condition, .now()))
        case .set(let sent, let tags, let lifetime):
            let value = service.compression.held(sent)
            guard let lease = write.lease else {
                return CacheWrite.Outcome(
                    store.set(address, value, tags: tags, lifetime: lifetime, if: write.condition, .now()))
            }
            // No reader waits behind a lease: namespaces with an origin give none.
            return CacheWrite.Outcome(
                store.finishLease(lease, address, value, tags: tags, lifetime: lifetime, .now()).end)
        }
    }
}
