/// State of a queue to the disk: pure, behind the queue's lock.
struct DiskQueueState {
    enum Phase {
        case open
        /// The disk is given up, and its file still there.
        case failing
        case ended
    }

    /// Higher than all that has a number: changes that wait for an invalidation's end.
    private static let deferredSequence = Int64.max
    private static let steppingSequence = Int64.max - 1

    private struct Newest {
        var sequence: Int64
        var change: DiskChange
    }

    private(set) var phase = Phase.open
    var namespaces: Set<NamespaceNumber> = []
    private(set) var nextSequence: Int64 = 1
    private var items: [DiskItem] = []
    /// What shards did behind their step of the invalidation that is under way.
    private var deferred: [DiskItem] = []
    private var passed: [Bool]
    private var isStepping = false
    /// The newest change of each key that is not on the disk yet.
    private var newest: [CacheAddress: Newest] = [:]
    /// All that are not done, also those that are written down already, in their order.
    private(set) var sweeps: [DiskSweep] = []
    private var bytes = 0
    private var positions: DiskPositions?
    private(set) var shedCount = 0
    /// Something was changed when nothing was queued any more.
    private(set) var hasLostChanges = false
    private var waiting: [@Sendable () -> Void] = []

    init(shards: Int) {
        passed = Array(repeating: false, count: shards)
    }

    var isEmpty: Bool { items.isEmpty }
    var count: Int { items.count + deferred.count }
    /// Whether somebody waits for what is queued.
    private(set) var isUrgent = false
    var isOverrun: Bool { phase == .open && count > 4 * DiskQueue.changesMax }

    mutating func restore(nextSequence: Int64, sweeps: [DiskSweep]) {
        self.nextSequence = nextSequence
        self.sweeps = sweeps
    }

    // MARK: Adding

    mutating func add(_ change: DiskChange, of shard: Int) {
        let address = change.address
        guard namespaces.contains(address.namespace), phase == .open else {
            if phase == .failing { hasLostChanges = true }
            return
        }
        guard let change = reduced(change) else { return }
        let isDeferred = isStepping && passed[shard]
        let item = add(DiskItem(sequence: 0, content: .change(change)), isDeferred: isDeferred)
        newest[address] = Newest(sequence: item.sequence, change: change)
    }

    /// - Returns: false where something else is queued of the key, or there is no disk.
    mutating func drop(_ address: CacheAddress) -> Bool {
        guard namespaces.contains(address.namespace), phase == .open, newest[address] == nil else { return false }
        let change = DiskChange.remove(address)
        let item = add(DiskItem(sequence: 0, content: .change(change)), isDeferred: false)
        newest[address] = Newest(sequence: item.sequence, change: change)
        return true
    }

    /// What the change comes to behind what is queued of the key; nil for nothing.
    private mutating func reduced(_ change: DiskChange) -> DiskChange? {
        let queued = newest[change.address]
        let earlier = queued?.change
        switch change {
        case .store(let address, let entry):
            guard entry.value != nil, bytes < DiskQueue.bytesMax, count < DiskQueue.changesMax else {
                if entry.value != nil { shedCount += 1 }
                return reduced(.remove(address))
            }
            return change
        case .remove:
            if case .remove = earlier { return nil }
            return change
        case .soften(let address, let now):
            switch earlier {
            case .remove: return nil
            case .store(_, let entry):
                // What nobody sees any more must not come back under a higher number.
                guard let queued, !isHidden(entry, queued.sequence, address.namespace) else { return .remove(address) }
                return entry.stale(now).map { .store(address, $0) } ?? .remove(address)
            case .soften, nil: return change
            }
        }
    }

    /// - Returns: false where there is no disk.
    mutating func add(_ content: DiskItem.Content) -> Bool {
        switch phase {
        case .open: break
        case .failing:
            // What is answered must not be undone by a file that is still there.
            if case .answer(let body) = content { waiting.append(body) }
            return true
        case .ended: return false
        }
        if case .answer = content { isUrgent = true }
        if case .touch = content, count > DiskQueue.changesMax / 2 { return true }
        _ = add(DiskItem(sequence: 0, content: content), isDeferred: isStepping)
        return true
    }

    mutating func add(_ positions: DiskPositions) -> Bool {
        guard positions != self.positions else { return false }
        self.positions = positions
        return add(.positions(positions))
    }

    private mutating func add(_ item: DiskItem, isDeferred: Bool) -> DiskItem {
        var item = item
        bytes += item.byteCount
        if isDeferred {
            item.sequence = Self.deferredSequence
            deferred.append(item)
        } else {
            item.sequence = nextSequence
            nextSequence += 1
            items.append(item)
        }
        return item
    }

    // MARK: Invalidations of many entries

    /// - Returns: false where it means nothing on the disk.
    mutating func begin(_ sweep: DiskSweep) -> Bool {
        guard phase == .open, namespaces.contains(sweep.namespace) else { return false }
        var sweep = sweep
        sweep.sequence = Self.steppingSequence
        sweeps.append(sweep)
        isStepping = true
        return true
    }

    mutating func pass(_ shard: Int) { passed[shard] = true }

    /// All shards have done their steps: the invalidation has its point in time, and what came behind it follows.
    mutating func endSteps() {
        for shard in passed.indices { passed[shard] = false }
        guard isStepping, let index = sweeps.indices.last else { return }
        isStepping = false
        sweeps[index].sequence = nextSequence
        if sweeps[index].watcher != nil { isUrgent = true }
        _ = add(DiskItem(sequence: 0, content: .sweep(sweeps[index])), isDeferred: false)
        for item in deferred {
            bytes -= item.byteCount
            let item = add(item, isDeferred: false)
            if case .change(let change) = item.content {
                newest[change.address] = Newest(sequence: item.sequence, change: change)
            }
        }
        deferred = []
    }

    // MARK: Reading

    func look(_ address: CacheAddress) -> DiskLook {
        guard phase == .open, namespaces.contains(address.namespace) else { return .missing }
        guard let newest = newest[address] else {
            return .onDisk(hiddenBy: sweeps.filter { $0.namespace == address.namespace })
        }
        guard case .store(_, let entry) = newest.change, !isHidden(entry, newest.sequence, address.namespace) else {
            return .missing
        }
        return .found(entry)
    }

    private func isHidden(_ entry: CacheEntry, _ sequence: Int64, _ namespace: NamespaceNumber) -> Bool {
        sweeps.contains { $0.namespace == namespace && $0.covers(entry.key, entry.tags, sequence: sequence) }
    }

    // MARK: Writing

    mutating func nextBatch(changesMax: Int, bytesMax: Int) -> DiskBatch {
        var count = 0
        var bytes = 0
        while count < items.count, count < changesMax, bytes < bytesMax {
            bytes += items[count].byteCount
            count += 1
        }
        defer {
            items.removeFirst(count)
            // What is deferred counts once it is queued.
            isUrgent = isUrgent && !(items.isEmpty && deferred.isEmpty)
        }
        return DiskBatch(items: Array(items[..<count]))
    }

    mutating func commit(_ batch: DiskBatch, ended: Set<Int64>) {
        guard phase == .open else { return }
        for item in batch.items {
            bytes -= item.byteCount
            guard case .change(let change) = item.content, newest[change.address]?.sequence == item.sequence else {
                continue
            }
            newest[change.address] = nil
        }
        if !ended.isEmpty { sweeps.removeAll { ended.contains($0.sequence) } }
    }

    // MARK: Giving up

    /// - Parameter batch: that was being written.
    mutating func fail(_ batch: DiskBatch? = nil) {
        guard phase != .ended else { return }
        phase = .failing
        isStepping = false
        for item in (batch?.items ?? []) + items + deferred {
            if case .answer(let body) = item.content { waiting.append(body) }
        }
        (items, deferred, newest, bytes) = ([], [], [:], 0)
    }

    /// - Returns: those who waited.
    mutating func end() -> (bodies: [@Sendable () -> Void], watchers: [SweepWatcher]) {
        fail()
        phase = .ended
        defer { (waiting, sweeps) = ([], []) }
        return (waiting, sweeps.compactMap(\.watcher))
    }
}

/// One thing that is queued for the disk.
struct DiskItem: Sendable {
    enum Content: Sendable {
        case change(DiskChange)
        case sweep(DiskSweep)
        case touch(CacheAddress)
        case positions(DiskPositions)
        /// Somebody waits until all before it is on the disk.
        case answer(@Sendable () -> Void)
    }

    var sequence: Int64
    let content: Content

    /// About what it holds.
    var byteCount: Int {
        guard case .change(.store(let address, let entry)) = content else { return 64 }
        return 128 + address.key.bytes.count + (entry.value?.held.count ?? 0)
    }
}

/// What one transaction brings to the disk.
struct DiskBatch: Sendable {
    var items: [DiskItem]
}
