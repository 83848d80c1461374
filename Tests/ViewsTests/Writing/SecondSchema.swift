import Invalidations
import Storage

/// Views as the program's second version made them: what an upgrade finds.
enum SecondSchema {
    private static let tables = """
        CREATE TABLE edge_lists (id INTEGER PRIMARY KEY AUTOINCREMENT, names TEXT NOT NULL UNIQUE);
        CREATE TABLE counts (status INTEGER PRIMARY KEY, requests INTEGER NOT NULL CHECK (requests >= 0));
        INSERT INTO counts VALUES (0, 0), (1, 0), (2, 0), (3, 0);
        CREATE TABLE offsets (
            topic TEXT NOT NULL, partition INTEGER NOT NULL, next_offset INTEGER NOT NULL,
            caught_up_at INTEGER NOT NULL, PRIMARY KEY (topic, partition)
        ) WITHOUT ROWID;
        CREATE TABLE requests (
            id BLOB NOT NULL CHECK (length(id) = 16), namespace TEXT NOT NULL, status INTEGER NOT NULL,
            listed_at INTEGER NOT NULL, requested_at INTEGER NOT NULL, first_seen_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL, edge_list INTEGER NOT NULL, cells BLOB NOT NULL, failures INTEGER NOT NULL,
            PRIMARY KEY (id, namespace)
        ) WITHOUT ROWID;
        CREATE TABLE failures (
            request BLOB NOT NULL, namespace TEXT NOT NULL, edge TEXT NOT NULL, class TEXT NOT NULL,
            message TEXT NOT NULL, attempts INTEGER NOT NULL, PRIMARY KEY (request, namespace, edge),
            FOREIGN KEY (request, namespace) REFERENCES requests (id, namespace)
        ) WITHOUT ROWID;
        CREATE INDEX requests_by_status ON requests (status, listed_at, id, namespace);
        CREATE INDEX requests_by_namespace ON requests (namespace, status, listed_at, id);
        CREATE TABLE taken_up (at INTEGER NOT NULL);
        INSERT INTO taken_up VALUES (0);
        PRAGMA application_id = 1129544022;
        PRAGMA user_version = 2;
        """

    /// One request of one edge, dead after three attempts, as if five records of one partition had been folded.
    static func write(_ request: Progress, caughtUpAt: Timestamp, to path: String) throws {
        let record = StatusRecord(request)
        let connection = try Connection(path: path, access: .write)
        try connection.execute(tables)
        try connection.execute(
            "INSERT INTO offsets VALUES ('\(ViewFixture.topic)', 0, 5, \(caughtUpAt.milliseconds))")
        try connection.execute("INSERT INTO edge_lists (names) VALUES ('\(record.edges.joined(separator: "\n"))')")
        try connection.execute("UPDATE counts SET requests = 1 WHERE status = 3")
        let add = try connection.prepare("INSERT INTO requests VALUES (?, ?, 3, ?, ?, ?, ?, 1, ?, ?)")
        add.bind(1, high: record.id.high, low: record.id.low)
        add.bind(2, record.namespace.name)
        for parameter in 3...6 { add.bind(parameter, record.updatedAt.milliseconds) }
        add.bind(7, [0] + record.cells.map(\.state.rank))
        add.bind(8, Int64(record.failures.count))
        try add.run()
        let addFailure = try connection.prepare("INSERT INTO failures VALUES (?, ?, ?, ?, ?, ?)")
        for (edge, failure) in record.failures {
            addFailure.bind(1, high: record.id.high, low: record.id.low)
            addFailure.bind(2, record.namespace.name)
            addFailure.bind(3, edge)
            addFailure.bind(4, failure.failureClass)
            addFailure.bind(5, failure.message)
            addFailure.bind(6, Int64(failure.attempts))
            try addFailure.run()
        }
    }
}
