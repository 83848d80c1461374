import Invalidations
import Storage

/// Views as the program's first version made them: what an upgrade finds.
enum FirstSchema {
    private static let tables = """
        CREATE TABLE edge_lists (id INTEGER PRIMARY KEY AUTOINCREMENT, names TEXT NOT NULL UNIQUE);
        CREATE TABLE requests (
            id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16), namespace TEXT NOT NULL, status INTEGER NOT NULL,
            requested_at INTEGER NOT NULL, first_seen_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
            edge_list INTEGER NOT NULL, cells BLOB NOT NULL, failures INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX requests_by_status ON requests (status, requested_at, id);
        CREATE INDEX requests_by_namespace ON requests (namespace, status, requested_at, id);
        CREATE TABLE failures (
            request BLOB NOT NULL REFERENCES requests (id), edge TEXT NOT NULL, class TEXT NOT NULL,
            message TEXT NOT NULL, attempts INTEGER NOT NULL, PRIMARY KEY (request, edge)
        ) WITHOUT ROWID;
        CREATE TABLE counts (status INTEGER PRIMARY KEY, requests INTEGER NOT NULL CHECK (requests >= 0));
        INSERT INTO counts VALUES (0, 0), (1, 0), (2, 0), (3, 0);
        CREATE TABLE offsets (
            topic TEXT NOT NULL, partition INTEGER NOT NULL, next_offset INTEGER NOT NULL,
            caught_up_at INTEGER NOT NULL, PRIMARY KEY (topic, partition)
        ) WITHOUT ROWID;
        PRAGMA application_id = 1129544022;
        PRAGMA user_version = 1;
        """

    /// As if seven records of one partition had been folded.
    static func write(_ records: [StatusRecord], to path: String) throws {
        let connection = try Connection(path: path, access: .write)
        try connection.execute(tables)
        try connection.execute("INSERT INTO offsets VALUES ('\(ViewFixture.topic)', 0, 7, 0)")
        let addList = try connection.prepare("INSERT OR IGNORE INTO edge_lists (names) VALUES (?)")
        let findList = try connection.prepare("SELECT id FROM edge_lists WHERE names = ?")
        let addRequest = try connection.prepare("INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        let addFailure = try connection.prepare("INSERT INTO failures VALUES (?, ?, ?, ?, ?)")
        let count = try connection.prepare("UPDATE counts SET requests = requests + 1 WHERE status = ?")
        for record in records {
            let status = Int64(RequestStatus.allCases.firstIndex(of: record.status) ?? 0)
            let names = record.edges.joined(separator: "\n")
            addList.bind(1, names)
            try addList.run()
            findList.bind(1, names)
            addRequest.bind(1, high: record.id.high, low: record.id.low)
            addRequest.bind(2, record.namespace.name)
            addRequest.bind(3, status)
            addRequest.bind(4, record.requestedAt.milliseconds)
            addRequest.bind(5, record.firstSeenAt.milliseconds)
            addRequest.bind(6, record.updatedAt.milliseconds)
            addRequest.bind(7, try findList.firstRow { $0.integer(0) } ?? 0)
            addRequest.bind(8, [0] + record.cells.map(\.state.rank))
            addRequest.bind(9, Int64(record.failures.count))
            try addRequest.run()
            for (edge, failure) in record.failures {
                addFailure.bind(1, high: record.id.high, low: record.id.low)
                addFailure.bind(2, edge)
                addFailure.bind(3, failure.failureClass)
                addFailure.bind(4, failure.message)
                addFailure.bind(5, Int64(failure.attempts))
                try addFailure.run()
            }
            count.bind(1, status)
            try count.run()
        }
    }
}
