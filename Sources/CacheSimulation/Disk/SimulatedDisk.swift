internal import Caches

/// Rows in memory that keep what was committed, as a file does.
final class SimulatedDisk: DiskRows {
    struct Content {
        var rows: [Int64: (row: DiskRow, entry: CacheEntry, used: Int64)] = [:]
        var ids: [CacheKey: Int64] = [:]
        var sweeps: [Int64: [UInt8]] = [:]
        var positions: Int64 = 0
        var nextID: Int64 = 1
        var sequence: Int64 = 0
    }

    private(set) var committed = Content()
    private var content = Content()
    private let namespace: NamespaceNumber
    private let rowsMax: Int

    init(_ namespace: NamespaceNumber, rowsMax: Int) {
        (self.namespace, self.rowsMax) = (namespace, rowsMax)
    }

    /// What a reader finds, in the state of the last commit.
    func read(_ key: CacheKey) -> (entry: CacheEntry, sequence: Int64)? {
        committed.ids[key].flatMap { committed.rows[$0] }.map { ($0.entry, $0.row.sequence) }
    }

    /// Invalidations that were not done.
    var sweeps: [DiskSweep] {
        committed.sweeps.sorted { $0.key < $1.key }.compactMap {
            DiskSweep(sequence: $0.key, namespace: namespace, form: $0.value, now: CacheTime(nanoseconds: 0))
        }
    }

    func transaction(_ body: () throws -> Void) throws {
        content = committed
        try body()
        committed = content
    }

    func find(_ address: CacheAddress) throws -> DiskRow? {
        content.ids[address.key].flatMap { content.rows[$0]?.row }
    }

    func store(_ address: CacheAddress, _ entry: CacheEntry, sequence: Int64) throws {
        if let row = try find(address) { try remove(row) }
        let id = content.nextID
        content.nextID += 1
        let row = DiskRow(id: id, sequence: sequence, namespace: namespace, entry: entry)
        content.rows[id] = (row, entry, sequence)
        content.ids[address.key] = id
        content.sequence = max(content.sequence, sequence)
    }

    func remove(_ row: DiskRow) throws {
        content.rows[row.id] = nil
        content.ids[row.entry.key] = nil
    }

    func renew(_ row: DiskRow, as entry: CacheEntry, sequence: Int64) throws {
        let row = DiskRow(id: row.id, sequence: sequence, namespace: namespace, entry: entry)
        content.rows[row.id] = (row, entry, sequence)
        content.sequence = max(content.sequence, sequence)
    }

    func touch(_ address: CacheAddress, sequence: Int64) throws {
        if let id = content.ids[address.key] { content.rows[id]?.used = sequence }
    }

    func add(_ sweep: DiskSweep) throws {
        content.sweeps[sweep.sequence] = sweep.form
        content.sequence = max(content.sequence, sweep.sequence)
    }

    func remove(_ sweep: DiskSweep) throws { content.sweeps[sweep.sequence] = nil }

    func set(_ positions: DiskPositions) throws {
        content.positions = positions.partitions.first?.next ?? 0
    }

    func rows(
        _ part: DiskPart, of namespace: NamespaceNumber, below sequence: Int64, after cursor: DiskCursor?, max: Int
    ) throws -> [DiskRow] {
        let rows = content.rows.values.map(\.row).filter { row in
            guard row.sequence < sequence else { return false }
            switch part {
            case .tag(let tag): return row.entry.tags.contains(tag)
            case .prefix(let prefix): return row.entry.key.bytes.starts(with: prefix.stem)
            case .everything: return true
            }
        }
        if case .prefix = part {
            let sorted = rows.sorted { $0.entry.key.bytes.lexicographicallyPrecedes($1.entry.key.bytes) }
            return Array(
                sorted.filter { row in
                    cursor.map { $0.key.bytes.lexicographicallyPrecedes(row.entry.key.bytes) } ?? true
                }.prefix(max))
        }
        let sorted = rows.sorted { ($0.sequence, $0.id) < ($1.sequence, $1.id) }
        return Array(
            sorted.filter { row in cursor.map { ($0.sequence, $0.id) < (row.sequence, row.id) } ?? true }.prefix(max))
    }

    func surplus(max: Int) throws -> [DiskRow] {
        let surplus = content.rows.count - rowsMax
        guard surplus > 0 else { return [] }
        return content.rows.values.sorted { $0.used < $1.used }.prefix(min(surplus, max)).map(\.row)
    }
}
