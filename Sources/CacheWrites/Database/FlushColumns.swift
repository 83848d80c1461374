internal import Basics
internal import Caches
internal import Invalidations
internal import Storage

/// Rows of a batch as columns, sorted by key: batches that wait for each other's rows wait in one order.
struct FlushColumns {
    private(set) var sets = 0
    private(set) var deletes = 0
    private var namespaces = PostgresTexts()
    private var keys = PostgresBlobs()
    private var values = PostgresBlobs()
    private var tags = PostgresTexts()
    private var fresh = PostgresIntegers()
    private var whileRevalidate = PostgresIntegers()
    private var ifError = PostgresIntegers()
    private var writtenAt = PostgresIntegers()
    private var generations = PostgresIntegers()
    private var offsets = PostgresIntegers()
    private var goneNamespaces = PostgresTexts()
    private var goneKeys = PostgresBlobs()
    private var goneGenerations = PostgresIntegers()
    private var goneOffsets = PostgresIntegers()

    init(_ rows: [FlushRow]) {
        let sorted = rows.sorted { a, b in
            a.namespace != b.namespace
                ? a.namespace < b.namespace
                : a.write.address.key.bytes.lexicographicallyPrecedes(b.write.address.key.bytes)
        }
        for row in sorted { append(row) }
    }

    private mutating func append(_ row: FlushRow) {
        let (key, version) = (row.write.address.key.bytes, row.write.version)
        guard case .set(let value, let names, let lifetime) = row.write.change else {
            deletes += 1
            goneNamespaces.append(row.namespace)
            goneKeys.append(key)
            goneGenerations.append(Int64(version.generation))
            return goneOffsets.append(version.offset)
        }
        sets += 1
        namespaces.append(row.namespace)
        keys.append(key)
        values.append(value.bytes)
        // Tags have no commas.
        tags.append(names.joined(separator: ","))
        fresh.append(lifetime.fresh.nanoseconds)
        whileRevalidate.append(lifetime.staleWhileRevalidate.nanoseconds)
        ifError.append(lifetime.staleIfError.nanoseconds)
        writtenAt.append(row.write.details?.writtenAt.milliseconds ?? 0)
        generations.append(Int64(version.generation))
        offsets.append(version.offset)
    }

    var upsertParameters: [PostgresParameter] {
        [
            .texts(namespaces), .blobs(keys), .blobs(values), .texts(tags), .integers(fresh),
            .integers(whileRevalidate), .integers(ifError), .integers(writtenAt), .integers(generations),
            .integers(offsets),
        ]
    }

    var deleteParameters: [PostgresParameter] {
        [.texts(goneNamespaces), .blobs(goneKeys), .integers(goneGenerations), .integers(goneOffsets)]
    }

    /// A row that is newer stays: the answer to an earlier try may have been lost.
    static let upsert = """
        INSERT INTO entries (namespace, key, value, tags, fresh_ns, stale_while_revalidate_ns, stale_if_error_ns,
            written_at, log_generation, log_offset)
        SELECT namespace, key, value, string_to_array(tags, ','), fresh, while_revalidate, if_error,
            to_timestamp(written_ms / 1000.0), generation, log_offset
        FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
            $8::bigint[], $9::bigint[], $10::bigint[]) AS given (namespace, key, value, tags, fresh,
            while_revalidate, if_error, written_ms, generation, log_offset)
        ON CONFLICT (namespace, key) DO UPDATE SET value = excluded.value, tags = excluded.tags,
            fresh_ns = excluded.fresh_ns, stale_while_revalidate_ns = excluded.stale_while_revalidate_ns,
            stale_if_error_ns = excluded.stale_if_error_ns, written_at = excluded.written_at,
            log_generation = excluded.log_generation, log_offset = excluded.log_offset
        WHERE (entries.log_generation, entries.log_offset) < (excluded.log_generation, excluded.log_offset)
        """

    static let delete = """
        DELETE FROM entries USING unnest($1::text[], $2::bytea[], $3::bigint[], $4::bigint[])
            AS gone (namespace, key, generation, log_offset)
        WHERE entries.namespace = gone.namespace AND entries.key = gone.key
            AND (entries.log_generation, entries.log_offset) < (gone.generation, gone.log_offset)
        """

    /// Of deletes that the fence has not passed.
    static let addTombstones = """
        INSERT INTO tombstones SELECT fence.topic, fence.partition_id, gone.namespace, gone.key, gone.generation,
            gone.log_offset
        FROM unnest($1::text[], $2::bytea[], $3::bigint[], $4::bigint[])
            AS gone (namespace, key, generation, log_offset)
        JOIN fence ON fence.topic = $5 AND fence.partition_id = $6 AND fence.flushed < gone.log_offset
        ON CONFLICT (topic, partition_id, namespace, key) DO UPDATE
        SET log_generation = excluded.log_generation, log_offset = excluded.log_offset
        """

    /// Those that the fence has passed, and those of a log that was there before.
    static let removeTombstones = """
        DELETE FROM tombstones USING fence
        WHERE fence.topic = $1 AND fence.partition_id = $2 AND tombstones.topic = $1 AND tombstones.partition_id = $2
            AND (tombstones.log_generation < $3 OR tombstones.log_offset <= fence.flushed)
        """
}
