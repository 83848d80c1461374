internal import Synchronization

/// Changes of the store that the disk does not have yet, in their order.
///
/// Shards add to it while they hold their lock, so each shard's order is this one's. A reader of the disk asks it
/// first: what is queued wins over what is written. It never loses a removal or an invalidation. When the disk can't
/// follow, it removes a key instead of storing it.
public final class DiskQueue: Sendable {
    /// More bytes are not queued: then keys are removed instead of stored.
    package static let bytesMax = 32 << 20
    package static let changesMax = 100_000
    /// Changes of one transaction.
    static let batchMax = 1_000
    /// With more invalidations than this, those who bring more wait.
    public static let sweepsMax = 1_024

    private let state: Mutex<DiskQueueState>
    private let wide = Mutex(())
    private let wake: @Sendable () -> Void
    let hasher: SipHash

    /// - Parameter wake: called when there is something to write, from any thread.
    init(hasher: SipHash, shards: Int, wake: @escaping @Sendable () -> Void) {
        self.hasher = hasher
        self.wake = wake
        state = Mutex(DiskQueueState(shards: shards))
    }

    /// What there is of earlier runs.
    public func restore(nextSequence: Int64, sweeps: [DiskSweep]) {
        state.withLock { $0.restore(nextSequence: nextSequence, sweeps: sweeps) }
    }

    /// From now on the namespace has a disk behind it.
    public func include(_ namespace: NamespaceNumber) {
        state.withLock { _ = $0.namespaces.insert(namespace) }
    }

    public func includes(_ namespace: NamespaceNumber) -> Bool {
        state.withLock { $0.phase == .open && $0.namespaces.contains(namespace) }
    }

    // MARK: The store's side

    func add(_ changes: [DiskChange], of shard: Int) {
        // The shard's lock is held: the writer is woken where it may sleep, and not each time.
        let isFirst = state.withLock { state in
            let wasEmpty = state.isEmpty
            for change in changes { state.add(change, of: shard) }
            return wasEmpty && !state.isEmpty
        }
        if isFirst { wake() }
    }

    /// Carries out an invalidation of many entries in the shards, one behind the other, so that the disk has one point
    /// in time for it: what a shard does behind its step comes behind it.
    func sweep(_ sweep: DiskSweep, _ body: () -> Void) {
        let isQueued = wide.withLock { _ in
            let isQueued = state.withLock { $0.begin(sweep) }
            body()
            state.withLock { $0.endSteps() }
            return isQueued
        }
        if isQueued { wake() } else { sweep.watcher?.end() }
    }

    /// The shard has done its step of the invalidation that is under way.
    func pass(_ shard: Int, _ changes: [DiskChange]) {
        state.withLock { state in
            state.pass(shard)
            for change in changes { state.add(change, of: shard) }
        }
    }

    /// Calls `body` once all that was changed before is on the disk, or there is none: at once or on another thread.
    public func afterCommit(_ body: @escaping @Sendable () -> Void) {
        let isQueued = state.withLock { $0.add(.answer(body)) }
        if isQueued { wake() } else { body() }
    }

    /// All before these positions is applied to the store.
    public func applied(_ positions: DiskPositions) {
        if state.withLock({ $0.add(positions) }) { wake() }
    }

    /// The entry was read from the disk.
    public func touch(_ address: CacheAddress) {
        if state.withLock({ $0.add(.touch(address)) }) { wake() }
    }

    /// What the disk has of the key is of no use.
    public func drop(_ address: CacheAddress) {
        if state.withLock({ $0.drop(address) }) { wake() }
    }

    /// Whether there is something to write, and whether somebody waits for it.
    public var demand: (isEmpty: Bool, isUrgent: Bool) {
        state.withLock { ($0.isEmpty, $0.isUrgent || $0.count >= DiskQueue.batchMax) }
    }

    public var sweepCount: Int { state.withLock { $0.sweeps.count } }
    public var count: Int { state.withLock { $0.count } }
    /// Entries that were not stored because the disk could not follow.
    public var shedCount: Int { state.withLock { $0.shedCount } }

    // MARK: The readers' side

    /// What is known of the key without the disk. To be asked before the disk is read.
    public func look(_ address: CacheAddress) -> DiskLook { state.withLock { $0.look(address) } }

    // MARK: The writer's side

    /// All that are not done, also those that wait.
    var sweeps: [DiskSweep] { state.withLock { $0.sweeps } }

    func nextBatch(changesMax: Int, bytesMax: Int) -> DiskBatch {
        state.withLock { $0.nextBatch(changesMax: changesMax, bytesMax: bytesMax) }
    }

    /// The batch is on the disk, and these invalidations are done.
    func commit(_ batch: DiskBatch, ended: [DiskSweep]) {
        state.withLock { $0.commit(batch, ended: Set(ended.map(\.sequence))) }
        for item in batch.items {
            if case .answer(let body) = item.content { body() }
        }
        for sweep in ended { sweep.watcher?.end() }
    }

    /// From now on nothing is queued. Who waits is told by `end`, once nobody can open the file any more.
    public func fail() { state.withLock { $0.fail() } }

    func fail(_ batch: DiskBatch) { state.withLock { $0.fail(batch) } }

    /// Whether the disk lacks something that was changed since nothing is queued any more.
    public var hasLostChanges: Bool { state.withLock { $0.hasLostChanges } }

    /// Whether more came than it may hold, so that the disk must be given up.
    var isOverrun: Bool { state.withLock { $0.isOverrun } }

    public func end() {
        let (bodies, watchers) = state.withLock { $0.end() }
        for body in bodies { body() }
        for watcher in watchers { watcher.end() }
    }
}

/// What a reader knows of a key before it asks the disk.
public enum DiskLook: Sendable {
    /// It is still queued.
    case found(CacheEntry)
    case missing
    /// The disk is to be asked. What these mean is not there for readers.
    case onDisk(hiddenBy: [DiskSweep])
}

extension [DiskSweep] {
    /// Whether one of them is to remove the entry.
    public func hide(_ entry: CacheEntry, sequence: Int64) -> Bool {
        contains { $0.covers(entry.key, entry.tags, sequence: sequence) }
    }
}
