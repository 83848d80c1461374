internal import Storage

/// The tables of a cache on disk.
enum DiskSchema {
    static let schema = Schema(
        applicationID: 0x6373_6361,
        steps: [
            """
            CREATE TABLE namespaces(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
            CREATE TABLE entries(
                id INTEGER PRIMARY KEY, namespace INTEGER NOT NULL, key BLOB NOT NULL, sequence INTEGER NOT NULL,
                used INTEGER NOT NULL, since INTEGER NOT NULL, fresh INTEGER NOT NULL, revalidate INTEGER NOT NULL,
                error INTEGER NOT NULL, tags BLOB NOT NULL, origin_tag TEXT, origin_date TEXT, coding INTEGER NOT NULL,
                entity_tag TEXT NOT NULL, size INTEGER NOT NULL, value BLOB NOT NULL) STRICT;
            CREATE UNIQUE INDEX entries_key ON entries(namespace, key);
            CREATE INDEX entries_sequence ON entries(namespace, sequence, id);
            CREATE INDEX entries_used ON entries(used);
            CREATE TABLE tags(
                namespace INTEGER NOT NULL, tag TEXT NOT NULL, sequence INTEGER NOT NULL, entry INTEGER NOT NULL,
                PRIMARY KEY(namespace, tag, sequence, entry)) STRICT, WITHOUT ROWID;
            CREATE TABLE sweeps(
                sequence INTEGER PRIMARY KEY, namespace INTEGER NOT NULL, time INTEGER NOT NULL, form BLOB NOT NULL)
                STRICT;
            CREATE TABLE positions(
                topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL,
                PRIMARY KEY(topic, partition)) STRICT, WITHOUT ROWID;
            CREATE TABLE state(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
            """,
            // Nothing changes but what `coding` may say. Programs that know no compressed rows leave such a file alone.
            "-- coding 1: zstd",
        ])
}
