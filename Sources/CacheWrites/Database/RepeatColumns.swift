internal import Basics
internal import Caches
internal import Invalidations
internal import Storage

/// Known writes of a partition as columns of the table `repeats`.
struct RepeatColumns {
    private let change: KnownWrites.Change

    init(_ change: KnownWrites.Change) {
        self.change = change
    }

    /// - Parameter slot: topic and partition.
    func add(to pipeline: inout PostgresPipeline, _ slot: [PostgresParameter]) {
        guard !change.added.isEmpty else { return }
        var (names, contents) = (PostgresBlobs(), PostgresBlobs())
        for entry in change.added {
            Self.append(entry.fingerprint.name, to: &names)
            Self.append(entry.fingerprint.content, to: &contents)
        }
        let generations = PostgresIntegers(change.added.map { Int64($0.version.generation) })
        let offsets = PostgresIntegers(change.added.map(\.version.offset))
        let times = PostgresIntegers(change.added.map(\.writtenAt.milliseconds))
        pipeline.add(
            Self.insert,
            slot + [.integers(generations), .integers(offsets), .blobs(names), .blobs(contents), .integers(times)])
        guard let oldest = change.oldest else { return }
        pipeline.add(Self.forget, slot + [.integer(Int64(oldest.generation)), .integer(oldest.offset)])
    }

    static func entries(_ result: PostgresResult) -> [KnownWrites.Entry] {
        var entries: [KnownWrites.Entry] = []
        result.forEachRow { row in
            let fingerprint = WriteFingerprint(name: number(row.bytes(2)), content: number(row.bytes(3)))
            let version = LogVersion(generation: UInt32(clamping: row.integer(0)), offset: row.integer(1))
            entries.append(
                KnownWrites.Entry(fingerprint, version, writtenAt: Timestamp(milliseconds: row.integer(4))))
        }
        return entries
    }

    private static func append(_ number: UInt128, to blobs: inout PostgresBlobs) {
        blobs.append(high: UInt64(truncatingIfNeeded: number >> 64), low: UInt64(truncatingIfNeeded: number))
    }

    private static func number(_ bytes: [UInt8]) -> UInt128 {
        bytes.prefix(16).reduce(0) { $0 << 8 | UInt128($1) }
    }

    static let select = """
        SELECT log_generation, log_offset, name, content, written_ms FROM repeats
        WHERE topic = $1 AND partition_id = $2 ORDER BY log_generation, log_offset
        """

    /// The answer to an earlier try may have been lost.
    private static let insert = """
        INSERT INTO repeats (topic, partition_id, log_generation, log_offset, name, content, written_ms)
        SELECT $1, $2, generation, log_offset, name, content, written_ms
        FROM unnest($3::bigint[], $4::bigint[], $5::bytea[], $6::bytea[], $7::bigint[])
            AS given (generation, log_offset, name, content, written_ms)
        ON CONFLICT DO NOTHING
        """

    private static let forget = """
        DELETE FROM repeats
        WHERE topic = $1 AND partition_id = $2 AND (log_generation, log_offset) < ($3, $4)
        """
}
