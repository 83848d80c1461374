/// Brings what a queue holds to the disk, one transaction at a time.
///
/// It keeps the order, and belongs to one thread.
///
/// An invalidation of many entries is written down first. Then its entries go some at a time, between the changes that
/// came behind it: those have higher numbers, and it does not mean them.
public struct DiskWriter<Rows: DiskRows> {
    private static var batchBytesMax: Int { 8 << 20 }

    private struct Active {
        let sweep: DiskSweep
        var parts: [DiskPart]
        var cursor: DiskCursor?
    }

    private let queue: DiskQueue
    private let rows: Rows
    /// Rows that one transaction removes for invalidations, and to make capacity.
    private let budget: Int
    private var active: [Active] = []

    /// - Parameter sweeps: that were not done when the process before ended.
    public init(_ queue: DiskQueue, _ rows: Rows, sweeps: [DiskSweep] = [], budget: Int = 500) {
        self.queue = queue
        self.rows = rows
        self.budget = budget
        for sweep in sweeps { active.append(Self.makeActive(sweep)) }
    }

    private static func makeActive(_ sweep: DiskSweep) -> Active {
        let selectors = sweep.selectors
        if selectors.everything { return Active(sweep: sweep, parts: [.everything]) }
        return Active(
            sweep: sweep, parts: selectors.tags.map { .tag($0) } + selectors.prefixes.map { .prefix($0) })
    }

    /// Whether invalidations go on.
    public var isSweeping: Bool { !active.isEmpty }

    /// Writes one transaction.
    ///
    /// - Returns: false where there is nothing to write.
    /// - Throws: what the rows throw, and then nothing more is queued: the disk is to be given up.
    public mutating func write(changesMax: Int? = nil) throws -> Bool {
        let batch = queue.nextBatch(changesMax: changesMax ?? DiskQueue.batchMax, bytesMax: Self.batchBytesMax)
        guard !batch.items.isEmpty || !active.isEmpty else { return false }
        var ended: [DiskSweep] = []
        do {
            guard !queue.isOverrun else { throw DiskOverrun() }
            try rows.transaction {
                try apply(batch)
                ended = try continueSweeps()
                try makeCapacity()
            }
        } catch {
            queue.fail(batch)
            throw error
        }
        queue.commit(batch, ended: ended)
        return true
    }

    // MARK: Changes

    private mutating func apply(_ batch: DiskBatch) throws {
        let last = lastChanges(batch)
        for item in batch.items {
            switch item.content {
            case .change(let change):
                if let index = last?[change.address], index != item.sequence { continue }
                try apply(change, item.sequence)
            case .sweep(let sweep):
                active.append(Self.makeActive(sweep))
                try rows.add(sweep)
                for key in sweep.selectors.keys {
                    let address = CacheAddress(sweep.namespace, key, queue.hasher)
                    try apply(sweep.isSoft ? .soften(address, sweep.now) : .remove(address), item.sequence)
                }
            case .touch(let address): try rows.touch(address, sequence: item.sequence)
            case .positions(let positions): try rows.set(positions)
            case .answer: break
            }
        }
    }

    /// The last change of each key: of what is written in one step the others would never be seen. Nil where each one
    /// counts for somebody.
    private func lastChanges(_ batch: DiskBatch) -> [CacheAddress: Int64]? {
        var last: [CacheAddress: Int64] = [:]
        for item in batch.items {
            switch item.content {
            case .change(let change):
                // It is about what was there before.
                if case .soften = change { return nil }
                last[change.address] = item.sequence
            case .sweep(let sweep): if sweep.watcher != nil { return nil }
            case .touch, .positions, .answer: break
            }
        }
        return last
    }

    private func apply(_ change: DiskChange, _ sequence: Int64) throws {
        switch change {
        case .store(let address, let entry):
            if isCounting, let row = try rows.find(address) { record(row) }
            try rows.store(address, entry, sequence: sequence)
        case .remove(let address):
            guard let row = try rows.find(address) else { return }
            record(row)
            try rows.remove(row)
        case .soften(let address, let now):
            guard let row = try rows.find(address) else { return }
            record(row)
            // While this waited nobody saw the row, and what came meanwhile is not to count it.
            let isMeant = queue.sweeps.contains { covers($0, row) }
            if !isMeant, let entry = row.entry.stale(now) {
                try rows.renew(row, as: entry, sequence: sequence)
            } else {
                try rows.remove(row)
            }
        }
    }

    // MARK: Invalidations

    private var isCounting: Bool { active.contains { $0.sweep.watcher != nil } }

    private func covers(_ sweep: DiskSweep, _ row: DiskRow) -> Bool {
        sweep.namespace == row.namespace && sweep.covers(row.entry.key, row.entry.tags, sequence: row.sequence)
    }

    /// An entry that leaves counts for the oldest invalidation that means it, however it leaves.
    private func record(_ row: DiskRow) {
        guard isCounting, let sweep = active.first(where: { covers($0.sweep, row) })?.sweep,
            let watcher = sweep.watcher, sweep.now < row.entry.deadAt
        else { return }
        watcher.add(CacheAddress(row.namespace, row.entry.key, queue.hasher).hash)
    }

    /// - Returns: those that are done.
    private mutating func continueSweeps() throws -> [DiskSweep] {
        var left = budget
        var ended: [DiskSweep] = []
        let sweeps = queue.sweeps
        while left > 0, let first = active.first {
            guard let part = first.parts.first else {
                try rows.remove(first.sweep)
                ended.append(first.sweep)
                active.removeFirst()
                continue
            }
            let found = try rows.rows(
                part, of: first.sweep.namespace, below: first.sweep.sequence, after: first.cursor, max: left)
            for row in found where covers(first.sweep, row) {
                try forget(row, for: first.sweep, isAlone: sweeps.count { covers($0, row) } == 1)
            }
            active[0].cursor = found.last?.cursor
            if found.count < left {
                active[0].parts.removeFirst()
                active[0].cursor = nil
            }
            left -= max(1, found.count)
        }
        return ended
    }

    /// - Parameter isAlone: no other invalidation means it, also none that waits. Those came while nobody saw it: they
    ///   are not to count it, so it goes.
    private func forget(_ row: DiskRow, for sweep: DiskSweep, isAlone: Bool) throws {
        record(row)
        if sweep.isSoft, isAlone, let entry = row.entry.stale(sweep.now) {
            try rows.renew(row, as: entry, sequence: sweep.sequence)
        } else {
            try rows.remove(row)
        }
    }

    private func makeCapacity() throws {
        let surplus = try rows.surplus(max: budget)
        guard !surplus.isEmpty else { return }
        // What is queued before an invalidation decides whether it counts a row. Until that is written the row stays.
        let written = active.map(\.sweep.sequence)
        let queued = queue.sweeps.filter { $0.watcher != nil && !written.contains($0.sequence) }
        for row in surplus where !queued.contains(where: { covers($0, row) }) {
            record(row)
            try rows.remove(row)
        }
    }
}

/// More changes came than the queue may hold.
public struct DiskOverrun: Error, CustomStringConvertible {
    public var description: String { "the disk is too slow: \(4 * DiskQueue.changesMax) changes wait for it" }
}
