internal import CacheWrites
internal import Caches
internal import Storage

/// Main database of the simulated nodes: fences, rows, deletes that are remembered, and known writes.
struct SharedDatabase {
    struct Row {
        var version: LogVersion
        var change: PendingWrite.Change
        /// Of others than the nodes.
        var isForeign = false
    }

    private struct Fence {
        var epoch: Int64 = 0
        var flushed: Int64 = -1
        /// Number of the node that has claimed it last.
        var owner: Int?
        var known: [KnownWrites.Entry] = []
    }

    private var fences: [Int32: Fence] = [:]
    private var rows: [CacheKey: Row] = [:]
    /// A row that went back.
    private(set) var wrong: String?

    func owner(_ partition: Int32) -> Int? { fences[partition]?.owner }
    func epoch(_ partition: Int32) -> Int64 { fences[partition]?.epoch ?? 0 }

    mutating func claim(_ partition: Int32, by node: Int) -> (lease: PartitionLease, known: [KnownWrites.Entry]) {
        var fence = fences[partition] ?? Fence()
        fence.epoch += 1
        fence.owner = node
        fences[partition] = fence
        let lease = PartitionLease(
            partition: partition, epoch: fence.epoch, generation: 1, flushed: fence.flushed)
        return (lease, fence.known)
    }

    /// As the transaction does it: nothing under an older epoch, and newer rows stay.
    mutating func flush(
        _ batch: WriteBatch, _ change: KnownWrites.Change, _ lease: PartitionLease,
        partitionOf: (CacheKey) -> Int32
    ) -> FlushAnswer {
        guard var fence = fences[lease.partition], fence.epoch == lease.epoch else { return .fenced }
        fence.flushed = max(fence.flushed, batch.flushedThrough?.offset ?? -1)
        for entry in change.added where !fence.known.contains(where: { $0.version == entry.version }) {
            fence.known.append(entry)
        }
        fence.known.sort { $0.version < $1.version }
        for write in batch.writes {
            let key = write.address.key
            if let old = rows[key], old.version >= write.version {
                if old.version > write.version { wrong = "\(key) went back to \(write.version.offset)" }
                continue
            }
            rows[key] = Row(version: write.version, change: write.change)
        }
        fences[lease.partition] = fence
        rows = rows.filter { key, row in
            row.change != .delete || partitionOf(key) != lease.partition || row.version.offset > fence.flushed
        }
        return .written
    }

    /// What a condition is decided by: deletes that are remembered, too.
    func version(_ key: CacheKey) -> RowVersion? {
        rows[key].map { RowVersion(version: $0.version, isDeleted: $0.change == .delete) }
    }

    /// What readers get; nil for nothing.
    func row(_ key: CacheKey) -> Row? { rows[key].flatMap { $0.change == .delete ? nil : $0 } }

    /// Somebody else than the nodes writes a row.
    mutating func put(_ key: CacheKey, _ change: PendingWrite.Change) {
        rows[key] = Row(version: LogVersion(generation: 0, offset: 0), change: change, isForeign: true)
    }
}
