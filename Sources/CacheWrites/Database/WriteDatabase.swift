internal import Basics
package import Caches
package import Storage

/// Connection to the main database that claims partitions and flushes batches.
///
/// Not `Sendable`: one thread owns it, and makes a new one once it is lost.
final class WriteDatabase: WriteStore {
    private struct Fenced: Error {}

    private let connection: PostgresConnection
    private let topic: String

    /// - Parameter topic: as the cluster calls it, so that two installations do not share a fence.
    /// - Throws: `StorageError`; with the tables' SQL where they are missing and may not be made.
    init(_ address: PostgresAddress, schemaName: String, topic: String) throws(StorageError) {
        var options = PostgresConnection.Options()
        options.schemaName = schemaName
        options.applicationName = "cachesync-cache"
        connection = try PostgresConnection(address, options: options)
        self.topic = topic
        do {
            try connection.migrate(to: WriteTables.schema)
        } catch StorageError.other(code: Self.forbidden, let text) {
            throw .other(
                code: Self.forbidden,
                "\(text); an administrator can make the tables: \(WriteTables.script(schemaName: schemaName))")
        } catch let error as StorageError {
            throw error
        } catch {
            throw .cannotOpen("\(error)")
        }
    }

    private static let forbidden = "42501"

    var isUsable: Bool { connection.isUsable }

    /// Takes the partitions over: from now on nobody else's flush of them succeeds.
    ///
    /// - Parameter owner: address at which clients find the process from now on.
    /// - Returns: what is flushed, read behind the new epoch.
    func claim(_ partitions: [Int32], owner: String) throws(StorageError) -> [ClaimedPartition] {
        let result = try connection.run(
            """
            INSERT INTO fence (topic, partition_id, epoch, generation, flushed, owner)
            SELECT $1, partition_id, 1, 1, -1, $3 FROM unnest($2::bigint[]) AS partition_id
            ORDER BY partition_id
            ON CONFLICT (topic, partition_id) DO UPDATE SET epoch = fence.epoch + 1, owner = excluded.owner
            RETURNING partition_id, epoch, generation, flushed
            """, [.text(topic), .integers(PostgresIntegers(partitions.map(Int64.init))), .text(owner)])
        return try claimed(result)
    }

    /// The log begins anew: its offsets count from 0 once more, and are newer than all before.
    ///
    /// - Returns: nil if somebody else has the partition by now.
    func beginGeneration(_ lease: PartitionLease) throws(StorageError) -> ClaimedPartition? {
        let result = try connection.run(
            """
            UPDATE fence SET generation = generation + 1, flushed = -1
            WHERE topic = $1 AND partition_id = $2 AND epoch = $3
            RETURNING partition_id, epoch, generation, flushed
            """, [.text(topic), .integer(Int64(lease.partition)), .integer(lease.epoch)])
        return try claimed(result).first
    }

    /// - Returns: nil where the database has nothing of the key.
    func version(namespace: String, key: [UInt8]) throws(StorageError) -> RowVersion? {
        let result = try connection.run(
            """
            SELECT log_generation, log_offset, false FROM entries WHERE namespace = $1 AND key = $2
            UNION ALL SELECT log_generation, log_offset, true FROM tombstones
            WHERE topic = $3 AND namespace = $1 AND key = $2
            ORDER BY 1 DESC, 2 DESC LIMIT 1
            """, [.text(namespace), .bytes(key), .text(topic)])
        return result.firstRow { row in
            RowVersion(
                version: LogVersion(generation: UInt32(clamping: row.integer(0)), offset: row.integer(1)),
                isDeleted: row.integer(2) == 1)
        }
    }

    /// - Returns: who claimed each partition last; empty where that process says nothing.
    func owners() throws(StorageError) -> [Int32: String] {
        let result = try connection.run("SELECT partition_id, owner FROM fence WHERE topic = $1", [.text(topic)])
        var owners: [Int32: String] = [:]
        result.forEachRow { owners[Int32(clamping: $0.integer(0))] = $0.text(1) }
        return owners
    }

    /// - Returns: those that the database has.
    func entries(_ names: Set<EntryName>) throws(StorageError) -> [EntryName: Result<StoredEntry, StorageError>] {
        var (namespaces, keys) = (PostgresTexts(), PostgresBlobs())
        for name in names {
            namespaces.append(name.namespace)
            keys.append(name.key)
        }
        let result = try connection.run(
            """
            SELECT namespace, key, value, tags, fresh_ns, stale_while_revalidate_ns, stale_if_error_ns,
                log_generation, log_offset
            FROM entries JOIN unnest($1::text[], $2::bytea[]) AS wanted (namespace, key) USING (namespace, key)
            """, [.texts(namespaces), .blobs(keys)])
        var entries: [EntryName: Result<StoredEntry, StorageError>] = [:]
        result.forEachRow { row in
            // Others may write to the table: what is too large for the cache is not there.
            guard let value = try? CacheValue(row.bytes(2)) else { return }
            // With tags that nobody can purge it is answered, and not kept.
            let tags = try? CacheTags.validated(row.texts(3))
            let entry = StoredEntry(
                value: value, tags: tags ?? [],
                lifetime: Lifetime(
                    fresh: tags == nil ? .zero : .nanoseconds(row.integer(4)),
                    staleWhileRevalidate: .nanoseconds(row.integer(5)),
                    staleIfError: .nanoseconds(row.integer(6))),
                version: LogVersion(generation: UInt32(clamping: row.integer(7)), offset: row.integer(8)))
            entries[EntryName(namespace: row.text(0), key: row.bytes(1))] = .success(entry)
        }
        return entries
    }

    /// Writes a batch in one transaction together with the fence.
    func flush(
        _ rows: [FlushRow], _ known: KnownWrites.Change, _ lease: PartitionLease, flushedThrough: LogVersion?
    ) -> FlushAnswer {
        var pipeline = PostgresPipeline()
        // Its row stays locked until the end: who claims the partition meanwhile waits, and sees what was flushed.
        let fence = pipeline.add(
            """
            UPDATE fence SET flushed = GREATEST(flushed, $5)
            WHERE topic = $1 AND partition_id = $2 AND epoch = $3 AND generation = $4
            """,
            [
                .text(topic), .integer(Int64(lease.partition)), .integer(lease.epoch),
                .integer(Int64(lease.generation)), .integer(flushedThrough?.offset ?? -1),
            ])
        let columns = FlushColumns(rows)
        if columns.sets > 0 { pipeline.add(FlushColumns.upsert, columns.upsertParameters) }
        let slot: [PostgresParameter] = [.text(topic), .integer(Int64(lease.partition))]
        if columns.deletes > 0 {
            pipeline.add(FlushColumns.delete, columns.deleteParameters)
            pipeline.add(FlushColumns.addTombstones, columns.deleteParameters + slot)
        }
        RepeatColumns(known).add(to: &pipeline, slot)
        pipeline.add(FlushColumns.removeTombstones, slot + [.integer(Int64(lease.generation))])
        do {
            try connection.transaction { transaction in
                let results = try transaction.run(pipeline)
                guard results[fence].changes == 1 else { throw Fenced() }
            }
            return .written
        } catch is Fenced {
            return .fenced
        } catch let error as StorageError {
            return .failed(error)
        } catch {
            return .failed(.inputOutput("\(error)"))
        }
    }

    /// With what is known of their writes: nobody adds to that any more.
    private func claimed(_ result: PostgresResult) throws(StorageError) -> [ClaimedPartition] {
        var leases: [PartitionLease] = []
        result.forEachRow { row in
            leases.append(
                PartitionLease(
                    partition: Int32(clamping: row.integer(0)), epoch: row.integer(1),
                    generation: UInt32(clamping: row.integer(2)), flushed: row.integer(3)))
        }
        var claimed: [ClaimedPartition] = []
        for lease in leases {
            let slot: [PostgresParameter] = [.text(topic), .integer(Int64(lease.partition))]
            let known = RepeatColumns.entries(try connection.run(RepeatColumns.select, slot))
            claimed.append(ClaimedPartition(lease: lease, known: known))
        }
        return claimed
    }
}

/// Key of the table of entries.
package struct EntryName: Hashable, Sendable {
    package let namespace: String
    package let key: [UInt8]
}

/// What the database said of a batch.
package enum FlushAnswer: Sendable {
    case written
    /// The database has looked at each row by itself.
    case answered([RowResult])
    /// Somebody else has claimed the partition: nothing is written.
    case fenced
    case failed(StorageError)
    /// It is away, and said for how long.
    case away(StorageError, retryAfter: Duration)
}
