public import Storage

/// Tables of the main database: rows of entries, and the fence of each partition.
public enum WriteTables {
    /// Steps are only ever added.
    public static let schema = Schema(applicationID: 0x4353_5752, steps: [entries, fence, tombstones, owners, repeats])

    /// A row is the newest write of its key that was flushed; a deleted key has no row.
    private static let entries = """
        CREATE TABLE entries (
            namespace text COLLATE "C" NOT NULL,
            key bytea NOT NULL,
            value bytea NOT NULL,
            tags text[] NOT NULL,
            fresh_ns bigint NOT NULL,
            stale_while_revalidate_ns bigint NOT NULL,
            stale_if_error_ns bigint NOT NULL,
            written_at timestamptz NOT NULL,
            log_generation bigint NOT NULL,
            log_offset bigint NOT NULL,
            PRIMARY KEY (namespace, key)
        )
        """

    /// Who may flush a partition, and how far it is flushed. It is written in the transaction that writes the rows.
    private static let fence = """
        CREATE TABLE fence (
            topic text NOT NULL,
            partition_id bigint NOT NULL,
            epoch bigint NOT NULL,
            generation bigint NOT NULL,
            flushed bigint NOT NULL,
            PRIMARY KEY (topic, partition_id)
        )
        """

    /// Deletes that are flushed ahead of older writes of their partition. The next owner reads the log from those
    /// writes on, and decides the conditions in it as the last one did. A tombstone goes once the fence has passed it.
    private static let tombstones = """
        CREATE TABLE tombstones (
            topic text NOT NULL,
            partition_id bigint NOT NULL,
            namespace text COLLATE "C" NOT NULL,
            key bytea NOT NULL,
            log_generation bigint NOT NULL,
            log_offset bigint NOT NULL,
            PRIMARY KEY (topic, partition_id, namespace, key)
        )
        """

    /// Where clients find the process that claimed a partition; empty where it says nothing.
    private static let owners = "ALTER TABLE fence ADD COLUMN owner text NOT NULL DEFAULT ''"

    /// Writes with an Idempotency-Key, for when they are sent again. They are written with the rows and the fence, so
    /// that the next owner knows them without reading a day of the log.
    private static let repeats = """
        CREATE TABLE repeats (
            topic text NOT NULL,
            partition_id bigint NOT NULL,
            log_generation bigint NOT NULL,
            log_offset bigint NOT NULL,
            name bytea NOT NULL,
            content bytea NOT NULL,
            written_ms bigint NOT NULL,
            PRIMARY KEY (topic, partition_id, log_generation, log_offset)
        )
        """

    /// What an administrator runs where the process may make no tables.
    public static func script(schemaName: String) -> String {
        """
        CREATE SCHEMA IF NOT EXISTS \(schemaName);
        SET search_path = \(schemaName);
        \(schema.steps.joined(separator: ";\n"));
        CREATE TABLE schema_steps (application_id bigint NOT NULL, steps bigint NOT NULL);
        INSERT INTO schema_steps VALUES (\(schema.applicationID), \(schema.version));
        """
    }
}
