internal import Storage

/// The tables of a status view.
///
/// - `requests`: one row a request. `cells` says how far each edge of the edge list is (`CellCoding`).
/// - `edge_lists`: the names of edges, once for each list that requests have had.
/// - `failures`: why edges failed, for those alone that did.
/// - `counts`: how many requests are in each status.
/// - `offsets`: what has been folded in of each partition, and the time at which that was all there was.
enum ViewSchema {
    /// "CSyV".
    private static let applicationID: Int32 = 0x4353_7956

    static let current = Schema(applicationID: applicationID, steps: [first])

    // Ids of edge lists are never used again, so that readers may keep what they have read. The two indexes
    // serve lists, newest first, of any statuses with or without a namespace: one range for each status.
    private static let first = """
        CREATE TABLE edge_lists (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            names TEXT NOT NULL UNIQUE
        );
        CREATE TABLE requests (
            id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
            namespace TEXT NOT NULL,
            status INTEGER NOT NULL,
            requested_at INTEGER NOT NULL,
            first_seen_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            edge_list INTEGER NOT NULL,
            cells BLOB NOT NULL,
            failures INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX requests_by_status ON requests (status, requested_at, id);
        CREATE INDEX requests_by_namespace ON requests (namespace, status, requested_at, id);
        CREATE TABLE failures (
            request BLOB NOT NULL REFERENCES requests (id),
            edge TEXT NOT NULL,
            class TEXT NOT NULL,
            message TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            PRIMARY KEY (request, edge)
        ) WITHOUT ROWID;
        CREATE TABLE counts (
            status INTEGER PRIMARY KEY,
            requests INTEGER NOT NULL CHECK (requests >= 0)
        );
        INSERT INTO counts VALUES (0, 0), (1, 0), (2, 0), (3, 0);
        CREATE TABLE offsets (
            topic TEXT NOT NULL,
            partition INTEGER NOT NULL,
            next_offset INTEGER NOT NULL,
            caught_up_at INTEGER NOT NULL,
            PRIMARY KEY (topic, partition)
        ) WITHOUT ROWID;
        """
}
