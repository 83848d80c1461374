internal import Caches
internal import Invalidations
internal import Runtime
internal import Storage

/// The entries of a cache in a SQLite file. One thread uses it.
final class DiskTable: DiskRows {
    /// Entries do not count as used once more within so many changes.
    private static let usedStep: Int64 = 4_096
    /// More damaged rows are no accident: then the whole file is.
    private static let damagedMax = 1_000
    private static let columns = "id, sequence, namespace, key, since, fresh, revalidate, error, tags"

    private let connection: Connection
    private let names: DiskNames
    private let form: DiskEntryForm
    private let bytesMax: Int
    private let findRow: Statement
    private let insert: Statement
    private let delete: Statement
    private let insertTag: Statement
    private let deleteTag: Statement
    private let update: Statement
    private let touchRow: Statement
    private let byTag: Statement
    private let byKey: Statement
    private let bySequence: Statement
    private let byUse: Statement
    private let pageCount: Statement
    private let freePages: Statement
    private let deleteTagsOfRow: Statement
    private let pageBytes: Int64
    private let damagedRows: Counter
    /// Rows that were met on the way, and are to be dropped.
    private var damaged: [Int64] = []
    private var damagedCount = 0

    init(
        _ connection: Connection, _ names: DiskNames, _ form: DiskEntryForm, bytesMax: Int, damagedRows: Counter
    ) throws {
        (self.connection, self.names, self.form, self.bytesMax) = (connection, names, form, bytesMax)
        self.damagedRows = damagedRows
        findRow = try connection.prepare(
            "SELECT \(Self.columns) FROM entries WHERE namespace = ?1 AND key = ?2")
        insert = try connection.prepare(
            """
            INSERT INTO entries(namespace, key, sequence, used, since, fresh, revalidate, error, tags, origin_tag,
                origin_date, coding, entity_tag, size, value)
            VALUES(?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
            """)
        delete = try connection.prepare("DELETE FROM entries WHERE id = ?1")
        insertTag = try connection.prepare("INSERT OR IGNORE INTO tags VALUES(?1, ?2, ?3, ?4)")
        deleteTag = try connection.prepare(
            "DELETE FROM tags WHERE namespace = ?1 AND tag = ?2 AND sequence = ?3 AND entry = ?4")
        deleteTagsOfRow = try connection.prepare("DELETE FROM tags WHERE entry = ?1")
        update = try connection.prepare(
            "UPDATE entries SET sequence = ?2, fresh = ?3, revalidate = ?4, error = ?5 WHERE id = ?1")
        touchRow = try connection.prepare(
            "UPDATE entries SET used = ?3 WHERE namespace = ?1 AND key = ?2 AND used < ?3 - \(Self.usedStep)")
        let qualified = Self.columns.split(separator: ", ").map { "e.\($0)" }.joined(separator: ", ")
        byTag = try connection.prepare(
            """
            SELECT \(qualified) FROM tags t JOIN entries e ON e.id = t.entry
            WHERE t.namespace = ?1 AND t.tag = ?2 AND (t.sequence, t.entry) > (?3, ?4) AND t.sequence < ?5
            ORDER BY t.sequence, t.entry LIMIT ?6
            """)
        byKey = try connection.prepare(
            "SELECT \(Self.columns) FROM entries WHERE namespace = ?1 AND key > ?2 AND sequence < ?3 ORDER BY key")
        bySequence = try connection.prepare(
            """
            SELECT \(Self.columns) FROM entries WHERE namespace = ?1 AND (sequence, id) > (?2, ?3) AND sequence < ?4
            ORDER BY sequence, id LIMIT ?5
            """)
        byUse = try connection.prepare("SELECT \(Self.columns), length(value) FROM entries ORDER BY used LIMIT ?1")
        pageCount = try connection.prepare("PRAGMA page_count")
        freePages = try connection.prepare("PRAGMA freelist_count")
        pageBytes = try connection.integer("PRAGMA page_size") ?? 4_096
    }

    /// Bytes of the file that are in use.
    func usedBytes() throws -> Int64 {
        let all = try pageCount.firstRow { $0.integer(0) } ?? 0
        return (all - (try freePages.firstRow { $0.integer(0) } ?? 0)) * pageBytes
    }

    func transaction(_ body: () throws -> Void) throws { try connection.transaction(body) }

    func find(_ address: CacheAddress) throws -> DiskRow? {
        guard let id = names.id(address.namespace) else { return nil }
        findRow.bind(1, id)
        findRow.bind(2, address.key.bytes)
        let row = try findRow.firstRow(makeRow) ?? nil
        _ = try dropDamaged()
        return row
    }

    func store(_ address: CacheAddress, _ entry: CacheEntry, sequence: Int64) throws {
        guard let value = entry.value, let id = try namespaceID(address.namespace) else { return }
        if let row = try find(address) { try remove(row) }
        insert.bind(1, id)
        insert.bind(2, address.key.bytes)
        insert.bind(3, sequence)
        for (index, time) in form.times(entry).enumerated() { insert.bind(4 + index, time) }
        insert.bind(8, form.tags(entry))
        bindText(insert, 9, entry.origin?.entityTag)
        bindText(insert, 10, entry.origin?.lastModified)
        let written = form.written(value)
        insert.bind(11, Int64(written.coding.rawValue))
        insert.bind(12, written.entityTag.description)
        insert.bind(13, Int64(written.size))
        insert.bind(14, written.held)
        try insert.run()
        let row = connection.lastInsertedRow
        for tag in entry.tags { try add(tag, id, sequence, row) }
    }

    func remove(_ row: DiskRow) throws {
        guard let id = names.id(row.namespace) else { return }
        try removeTags(row, id)
        delete.bind(1, row.id)
        try delete.run()
    }

    func renew(_ row: DiskRow, as entry: CacheEntry, sequence: Int64) throws {
        guard let id = names.id(row.namespace) else { return }
        try removeTags(row, id)
        update.bind(1, row.id)
        update.bind(2, sequence)
        for (index, time) in form.times(entry).dropFirst().enumerated() { update.bind(3 + index, time) }
        try update.run()
        for tag in row.entry.tags { try add(tag, id, sequence, row.id) }
    }

    func touch(_ address: CacheAddress, sequence: Int64) throws {
        guard let id = names.id(address.namespace) else { return }
        touchRow.bind(1, id)
        touchRow.bind(2, address.key.bytes)
        touchRow.bind(3, sequence)
        try touchRow.run()
    }

    // MARK: Invalidations

    func add(_ sweep: DiskSweep) throws {
        // Nothing of the namespace is in the file, so there is nothing to remove.
        guard let id = names.id(sweep.namespace) else { return }
        let statement = try connection.prepare("INSERT INTO sweeps VALUES(?1, ?2, ?3, ?4)")
        statement.bind(1, sweep.sequence)
        statement.bind(2, id)
        statement.bind(3, form.clock.wall(sweep.now))
        statement.bind(4, sweep.form)
        try statement.run()
    }

    func remove(_ sweep: DiskSweep) throws {
        let statement = try connection.prepare("DELETE FROM sweeps WHERE sequence = ?1")
        statement.bind(1, sweep.sequence)
        try statement.run()
    }

    func rows(
        _ part: DiskPart, of namespace: NamespaceNumber, below sequence: Int64, after cursor: DiskCursor?, max: Int
    ) throws -> [DiskRow] {
        guard let id = names.id(namespace) else { return [] }
        var found = try readableRows(part, id, below: sequence, after: cursor, max: max)
        // Fewer than `max` mean that there are no more.
        while try dropDamaged() { found = try readableRows(part, id, below: sequence, after: cursor, max: max) }
        return found
    }

    private func readableRows(
        _ part: DiskPart, _ id: Int64, below sequence: Int64, after cursor: DiskCursor?, max: Int
    ) throws -> [DiskRow] {
        var found: [DiskRow] = []
        switch part {
        case .tag(let tag):
            byTag.bind(1, id)
            byTag.bind(2, tag)
            byTag.bind(3, cursor?.sequence ?? -1)
            byTag.bind(4, cursor?.id ?? -1)
            byTag.bind(5, sequence)
            byTag.bind(6, Int64(max))
            try byTag.forEachRow { if let row = makeRow($0) { found.append(row) } }
        case .everything:
            bySequence.bind(1, id)
            bySequence.bind(2, cursor?.sequence ?? -1)
            bySequence.bind(3, cursor?.id ?? -1)
            bySequence.bind(4, sequence)
            bySequence.bind(5, Int64(max))
            try bySequence.forEachRow { if let row = makeRow($0) { found.append(row) } }
        case .prefix(let prefix): found = try rows(prefix, id, below: sequence, after: cursor, max: max)
        }
        return found
    }

    private func rows(
        _ prefix: KeyPrefix, _ id: Int64, below sequence: Int64, after cursor: DiskCursor?, max: Int
    ) throws -> [DiskRow] {
        var found: [DiskRow] = []
        byKey.bind(1, id)
        // The greatest key before all that begin so.
        byKey.bind(2, cursor?.key.bytes ?? Self.predecessor(of: prefix.stem))
        byKey.bind(3, sequence)
        try byKey.readRows { line in
            guard let row = makeRow(line) else { return true }
            guard row.entry.key.bytes.starts(with: prefix.stem) else {
                // The key that is the prefix's predecessor comes before all that are meant.
                return !prefix.stem.lexicographicallyPrecedes(row.entry.key.bytes)
            }
            found.append(row)
            return found.count < max
        }
        return found
    }

    /// Bytes that come before all that begin with these; few others come in between.
    private static func predecessor(of stem: [UInt8]) -> [UInt8] {
        guard let last = stem.last else { return [] }
        return last == 0 ? Array(stem.dropLast()) : stem.dropLast() + [last - 1, 0xFF]
    }

    func surplus(max: Int) throws -> [DiskRow] {
        var surplus = try usedBytes() - Int64(bytesMax)
        guard surplus > 0 else { return [] }
        var found: [DiskRow] = []
        byUse.bind(1, Int64(max))
        try byUse.readRows { line in
            if let row = makeRow(line) { found.append(row) }
            surplus -= line.integer(9)
            return surplus > 0
        }
        _ = try dropDamaged()
        return found
    }

    func set(_ positions: DiskPositions) throws {
        try connection.execute("DELETE FROM positions")
        let statement = try connection.prepare("INSERT INTO positions VALUES(?1, ?2, ?3)")
        for position in positions.partitions {
            statement.bind(1, position.topic)
            statement.bind(2, Int64(position.partition))
            statement.bind(3, position.next)
            try statement.run()
        }
        try DiskState.set("cluster", positions.cluster ?? "", connection)
    }

    // MARK: Parts

    /// - Returns: nil for a row that is not what was written. It is dropped once nobody reads.
    private func makeRow(_ row: Row) -> DiskRow? {
        guard let namespace = names.number(row.integer(2)), let key = try? CacheKey(row.bytes(3)),
            let tags = form.tags(row.bytes(8))
        else {
            damaged.append(row.integer(0))
            return nil
        }
        let entry = form.entry(
            key, value: nil, tags: tags, origin: nil, times: (4..<8).map { row.integer($0) })
        return DiskRow(id: row.integer(0), sequence: row.integer(1), namespace: namespace, entry: entry)
    }

    /// Whatever tags such rows had: an entry that gets the number of one must not be found by them.
    ///
    /// - Returns: whether there were some.
    /// - Throws: `StorageError.corrupt` for too many of them.
    private func dropDamaged() throws -> Bool {
        guard !damaged.isEmpty else { return false }
        damagedCount += damaged.count
        guard damagedCount <= Self.damagedMax else { throw StorageError.corrupt("too many entries are not readable") }
        for id in damaged {
            deleteTagsOfRow.bind(1, id)
            try deleteTagsOfRow.run()
            delete.bind(1, id)
            try delete.run()
            damagedRows.increment()
        }
        damaged = []
        return true
    }

    private func namespaceID(_ number: NamespaceNumber) throws -> Int64? {
        if let id = names.id(number) { return id }
        guard let name = names.name(number) else { return nil }
        let statement = try connection.prepare("INSERT INTO namespaces(name) VALUES(?1)")
        statement.bind(1, name.name)
        try statement.run()
        names.add(number, id: connection.lastInsertedRow)
        return connection.lastInsertedRow
    }

    private func add(_ tag: String, _ namespace: Int64, _ sequence: Int64, _ entry: Int64) throws {
        insertTag.bind(1, namespace)
        insertTag.bind(2, tag)
        insertTag.bind(3, sequence)
        insertTag.bind(4, entry)
        try insertTag.run()
    }

    private func removeTags(_ row: DiskRow, _ namespace: Int64) throws {
        for tag in row.entry.tags {
            deleteTag.bind(1, namespace)
            deleteTag.bind(2, tag)
            deleteTag.bind(3, row.sequence)
            deleteTag.bind(4, row.id)
            try deleteTag.run()
        }
    }

    private func bindText(_ statement: Statement, _ index: Int, _ text: String?) {
        if let text { statement.bind(index, text) } else { statement.bindNull(index) }
    }
}
